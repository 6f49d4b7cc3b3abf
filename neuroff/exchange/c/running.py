"""The C header compiled by the system's compiler and run: what a microcontroller would do, spike by spike."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from neuroff.chip.program import ChipProgram
from neuroff.errors import ExportError, MissingDependencyError, ShapeError
from neuroff.exchange.c.source import driver, header

FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror")
_SECONDS = 300.0

RunC = Callable[[Sequence[Tensor | None], int], list[Tensor]]
"""Events of every step, ``(B, axons)`` integers or ``None``, and B in; spikes ``(length, B, N)`` out."""


def find_compiler() -> str | None:
    """Return the C compiler: the one that CC names, or cc, gcc or clang."""
    return next(filter(None, map(shutil.which, [os.environ.get("CC", "cc"), "cc", "gcc", "clang"])), None)


@contextmanager
def compiled(program: ChipProgram) -> Iterator[RunC]:
    """Compile the header that neuroff writes for a program: no code of a file is run.

    Yields:
        A function that presents events to the compiled network and returns every layer's spikes, int32. It
        raises `ShapeError` if there are not as many steps as a presentation has.

    Raises:
        MissingDependencyError: if there is no C compiler.
        ExportError: if the compiler or the program fails.
    """
    with _built(program, '-DNEUROFF_HEADER="network.h"', "main.c") as home:

        def run_c(events: Sequence[Tensor | None], samples: int) -> list[Tensor]:
            answer = _call([str(home / "network")], home, _sent(program, events, samples), "the network")
            return _spikes(program, answer, samples)

        yield run_c


@contextmanager
def potentials(program: ChipProgram) -> Iterator[Callable[[Sequence[Tensor | None], int], Tensor]]:
    """Compile a header whose last layer never fires, and yield what asks it for that layer's potentials.

    Yields:
        A function that presents events, as `RunC` takes them, and returns ``(length, B, N)``, int32.

    Raises:
        MissingDependencyError: if there is no C compiler.
        ExportError: if the compiler or the program fails, or there is no such layer.
    """
    if not program.reads_potentials:
        raise ExportError("a last layer that fires", where="potentials", expected="one that never fires")
    with _built(program, '-DNEUROFF_HEADER="network.h"', "-DNEUROFF_POTENTIALS", "main.c") as home:

        def read(events: Sequence[Tensor | None], samples: int) -> Tensor:
            answer = _call([str(home / "network")], home, _sent(program, events, samples), "the network")
            found = np.frombuffer(answer, dtype=np.int32).reshape(samples, program.length, -1)
            return torch.from_numpy(found.copy()).transpose(0, 1)

        yield read


@contextmanager
def classifying(program: ChipProgram) -> Iterator[Callable[[Sequence[Tensor | None], int], Tensor]]:
    """Compile a header that says the class as the program that it is, and yield what asks it for classes.

    Yields:
        A function that presents events, as `RunC` takes them, and returns the classes ``(B,)`` it prints.

    Raises:
        MissingDependencyError: if there is no C compiler.
        ExportError: if the compiler or the program fails.
    """
    with _built(program, "-DNEUROFF_MAIN", "-x", "c", "network.h") as home:

        def classes(events: Sequence[Tensor | None], samples: int) -> Tensor:
            answer = _call([str(home / "network")], home, _sent(program, events, samples), "the network")
            return torch.tensor([int(line) for line in answer.split()])

        yield classes


@contextmanager
def _built(program: ChipProgram, *source: str) -> Iterator[Path]:
    """Compile a program's header in a folder that lasts as long as the context."""
    compiler = find_compiler()
    if compiler is None:
        raise MissingDependencyError("no C compiler", where="compiled", fix="install one, or name it in CC")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "network.h").write_text(header(program), encoding="ascii")
        (home / "main.c").write_text(driver(), encoding="ascii")
        _call([compiler, *FLAGS, "-o", "network", *source], home, b"", "the compiler")
        yield home


def _sent(program: ChipProgram, events: Sequence[Tensor | None], samples: int) -> bytes:
    if len(events) != program.length:
        raise ShapeError(f"{len(events)} steps", where="compiled", expected=f"{program.length}")
    nothing = torch.zeros(samples, program.chip.axons, dtype=torch.int32)
    carried = torch.stack([nothing if sent is None else sent.to(torch.int32) for sent in events])
    sent: bytes = carried.transpose(0, 1).contiguous().numpy().tobytes()
    return sent


def _spikes(program: ChipProgram, answer: bytes, samples: int) -> list[Tensor]:
    widths = program.widths[1:]
    raster = np.frombuffer(answer, dtype=np.uint8)
    if raster.size != samples * program.length * sum(widths):
        raise ExportError(f"the network wrote {raster.size} bytes", where="compiled")
    spikes = torch.from_numpy(raster.reshape(samples, program.length, sum(widths)).astype(np.int32))
    return list(torch.split(spikes.transpose(0, 1), list(widths), dim=-1))


def _call(command: list[str], folder: Path, given: bytes, who: str) -> bytes:
    try:
        done = subprocess.run(command, input=given, capture_output=True, cwd=folder, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise ExportError(f"{who} takes longer than {_SECONDS:g} s", where="compiled") from None
    except OSError as error:
        raise ExportError(f"{who} cannot be run ({error.strerror})", where="compiled") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[:400]
        raise ExportError(f"{who} ended with code {done.returncode}: {said}", where="compiled")
    return done.stdout
