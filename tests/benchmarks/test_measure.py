from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest
import torch

from benchmarks.images import mnist_or_random
from benchmarks.measure import (
    forget_peak,
    in_turn,
    json_from_own_process,
    matrix_rate,
    peak_resident_bytes,
    ratio,
    resident_bytes,
)
from neuroff.errors import NeuroffError

MEGABYTE = 10**6


def test_works_are_run_in_turn_after_a_warm_up() -> None:
    calls: list[str] = []
    times = in_turn({name: partial(calls.append, name) for name in "ab"}, 3)
    assert "".join(calls) == "ab" * 4
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3}


def test_the_ratio_is_the_median_of_pairs() -> None:
    assert ratio([2.0, 30.0, 4.0], [1.0, 10.0, 1.0]) == 3.0


def test_the_matrix_rate_is_a_rate() -> None:
    assert 1e8 < matrix_rate() < 1e15


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_peak_memory_is_that_of_the_process_itself() -> None:
    ballast = torch.ones(50 * MEGABYTE)  # 200 MB
    code = "from benchmarks.measure import peak_resident_bytes as p; import numpy; print(p())"
    before = resident_bytes()
    assert peak_resident_bytes() >= before >= 200 * MEGABYTE
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    del ballast
    forget_peak()
    start = resident_bytes()
    torch.ones(25 * MEGABYTE)
    assert 90 * MEGABYTE < peak_resident_bytes() - start < 150 * MEGABYTE
    assert 10 * MEGABYTE < int(done.stdout) < before


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(NeuroffError, match=r"ended with code 2 .*invalid choice"):
        json_from_own_process("benchmarks.memory", "dense-nobody", "--samples", "1")


def test_random_images_have_mnists_statistics() -> None:
    dataset = mnist_or_random(300, 20, random=True)
    pixels = dataset.train_images / 255.0
    assert pixels.shape == (300, 28, 28)
    assert dataset.test_labels.shape == (20,)
    assert pixels.mean() == pytest.approx(0.1307, abs=0.005)
    assert pixels.std() == pytest.approx(0.3081, abs=0.03)
    assert set(dataset.train_labels.tolist()) == set(range(10))
