"""Small tries of the benchmarks that look into a spiking step."""

from __future__ import annotations

import json

import pytest
import torch

from benchmarks import gpu, spiking_parts


def test_a_gpu_is_measured_where_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["--samples", "6", "--repeats", "1", "--random-images", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["gpu"] is None) == (not torch.cuda.is_available())
    assert result["spiking_step_seconds"]["processor, PyTorch"] > 0
    if result["gpu"] is None:
        assert "no GPU here" in gpu.table(result)


def test_the_parts_of_a_step_are_its_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert spiking_parts.main(["--samples", "60", "--repeats", "2", "--random-images", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    for case in result["cases"]:
        assert sum(case["parts"].values()) == pytest.approx(case["total"])
        for part in ("second layer, spikes to spikes", "second layer, back in time and into the weights"):
            assert case["parts"][part] > 0.02 * case["total"]
        assert case["parts"]["optimiser"] > 0
    assert "together" in spiking_parts.table(result)
