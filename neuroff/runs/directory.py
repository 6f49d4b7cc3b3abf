"""Where the files of a run lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from neuroff.checks import path_of
from neuroff.files import forget_temporaries


@dataclass(frozen=True)
class RunDirectory:
    """Paths of a run.

    Attributes:
        path: the directory, or its text.

    Raises:
        ConfigError: if it is no path.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", path_of("path", self.path, "RunDirectory"))

    @classmethod
    def of(cls, given: RunDirectory | Path | str) -> RunDirectory:
        """Return a run directory, or that of a path."""
        return given if isinstance(given, RunDirectory) else cls(path_of("directory", given, "a run"))

    @property
    def config_file(self) -> Path:
        """The configuration."""
        return self.path / "config.json"

    @property
    def checkpoint_file(self) -> Path:
        """The state of a run in progress."""
        return self.path / "checkpoint.safetensors"

    @property
    def network_file(self) -> Path:
        """The trained network."""
        return self.path / "network.safetensors"

    @property
    def result_file(self) -> Path:
        """The result."""
        return self.path / "result.json"

    def forget_temporaries(self) -> None:
        """Remove what a kill may have left of a file that was being written."""
        for file in (self.config_file, self.checkpoint_file, self.network_file, self.result_file):
            forget_temporaries(file)

    def forget_start(self) -> None:
        """Remove what a run left that failed before its first checkpoint, so that it can start again."""
        if not self.checkpoint_file.exists():
            self.config_file.unlink(missing_ok=True)
            if not any(self.path.iterdir()):
                self.path.rmdir()
