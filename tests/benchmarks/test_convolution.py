from __future__ import annotations

import importlib.util
from pathlib import Path as File

import pytest
import torch

from benchmarks import convolution
from benchmarks.convolution_sides import ENGINES, make_problem
from benchmarks.images import mnist_or_random
from neuroff.config.schema import Path

needs_snntorch = pytest.mark.skipif(
    importlib.util.find_spec("snntorch") is None, reason="snntorch is not installed (neuroff[interop])"
)
PATHS = [pytest.param("dense"), pytest.param("spiking", marks=needs_snntorch)]


@pytest.mark.parametrize("path", PATHS)
def test_all_sides_have_the_same_gradients(path: Path) -> None:
    data = mnist_or_random(8, 1, random=True)
    assert max(convolution.errors(data, path, "float64").values()) < 1e-6
    assert max(convolution.errors(data, path, "float32").values()) < 1e-4


@pytest.mark.parametrize("path", PATHS)
def test_all_sides_step_alike(path: Path) -> None:
    problem = make_problem(mnist_or_random(4, 1, random=True), 4, path, precision="float64")
    sides = {name: make(problem) for name, make in ENGINES[path].items()}
    before = sides["neuroff"].gradients()
    for side in sides.values():
        side.step()
    after = sides.pop("neuroff").gradients()
    assert any(not torch.allclose(one, other) for one, other in zip(before, after, strict=True))
    for side in sides.values():
        for one, other in zip(after, side.gradients(), strict=True):
            assert torch.allclose(one, other, atol=1e-4 * float(one.abs().max()))


@needs_snntorch
def test_the_command_tells_and_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: File
) -> None:
    monkeypatch.setattr(convolution, "json_from_own_process", lambda *_: 2**20)
    out = tmp_path / "speed.json"
    assert convolution.main(["--images", "4", "--repeats", "1", "--random-images", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "snntorch-hoisted" in told
    assert "six layers 1 MiB" in told
    assert out.exists()


def test_memory_is_that_of_two_steps(capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--images", "2", "--random-images", "--peak", "dense", "neuroff", "conv 2x3, conv 2x3"]
    assert convolution.main(told) == 0
    assert int(capsys.readouterr().out) >= 0
