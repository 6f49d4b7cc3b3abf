"""Finished runs of several folders brought into one: by what they are, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neuroff.errors import RunError, what_is
from neuroff.files import write_bytes
from neuroff.results import RunResult
from neuroff.runs.content import content_of_result
from neuroff.runs.folder import RunDirectory, load_run


@dataclass
class Merged:
    """What was done, by the runs' paths below their folders.

    Attributes:
        taken: copied.
        there: left out, since a run of the same configuration and data is there already.
        differing: of those, the ones whose networks are not the same, bit for bit: another machine's.
    """

    taken: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def merge_runs(out: Path, sources: Sequence[Path]) -> Merged:
    """Copy finished runs below some folders to the same places below another one.

    A run that is not finished is left where it is; so is one whose content, configuration and data, is there
    already, in whatever place.

    Args:
        out: the folder; made where it is missing.
        sources: folders, such as the ``--out`` of the same command on other machines.

    Raises:
        RunError: if a source is no folder, a run is damaged, or another run has its place.
    """
    known = {digest: directory for directory, digest in _finished(out)}
    merged = Merged()
    for source in sources:
        if not source.is_dir():
            found = what_is(source) if source.exists() else "no such folder"
            raise RunError(found, where=str(source), expected="a folder that holds runs")
        for directory, digest in _finished(source):
            place = directory.path.relative_to(source)
            if digest in known:
                merged.there.append(str(place))
                if _network(known[digest]) != _network(directory):
                    merged.differing.append(str(place))
                continue
            load_run(directory)  # whole, and what its result says
            _copy(directory, RunDirectory(out / place))
            known[digest] = RunDirectory(out / place)
            merged.taken.append(str(place))
    return merged


def _finished(folder: Path) -> Iterator[tuple[RunDirectory, str]]:
    for config in sorted(folder.rglob("config.json")):
        directory = RunDirectory(config.parent)
        if directory.result_file.exists():
            yield directory, content_of_result(RunResult.read(directory.result_file))


def _network(directory: RunDirectory) -> str | None:
    return RunResult.read(directory.result_file).files.get(directory.network_file.name)


def _copy(source: RunDirectory, target: RunDirectory) -> None:
    if target.result_file.exists():
        raise RunError(
            "another run is here",
            where=str(target.path),
            expected=f"the place of {source.path}",
            fix="merge into another folder",
        )
    target.path.mkdir(parents=True, exist_ok=True)
    for name in ("config_file", "network_file", "result_file"):  # the result last: it says that all is there
        write_bytes(getattr(target, name), getattr(source, name).read_bytes())
    target.checkpoint_file.unlink(missing_ok=True)
