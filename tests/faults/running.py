"""The command in a process of its own, in surroundings that are not as usual."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

TRAIN = (
    *("train", "--dataset", "digits", "--epochs", "2", "-q"),
    *("--set", "widths=16,12", "--set", "train_count=100", "--set", "evaluate_every=0"),
)


def neuroff(
    *words: str | Path,
    env: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
    prelude: str = "",
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end.

    Args:
        words: its arguments.
        env: all of the environment beside what Python needs; the usual one without.
        before: called in the child before it starts.
        prelude: Python that runs before the command.
        options: of `subprocess.run`.
    """
    surroundings = dict(os.environ) if env is None else {"PYTHONPATH": os.pathsep.join(sys.path), **env}
    program = f"{prelude}\nfrom neuroff.cli.main import main; main()"
    given: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        env={**surroundings, "OMP_NUM_THREADS": "1"},
        preexec_fn=before,
        timeout=300,
        check=False,
        **given,
    )


def one_message(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """Return the message of a command that has failed as it should."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("neuroff: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]
