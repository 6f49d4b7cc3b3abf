"""Importers that differ from version to version: told apart by what they make of a file, not by number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.interop.library import load_library
from tests.graphs import random_graph, random_spikes
from tests.interop.simulators.test_parity import needed, require_parity


@pytest.mark.parametrize("kind", ["lif", "cuba"])
@pytest.mark.parametrize("wrong", ["takes dt", "another step", "scaled thresholds"])
def test_importers_of_snntorch_are_told_apart_by_what_they_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, wrong: str
) -> None:
    """Later importers take a step, earlier ones their own, and thresholds are scaled by some."""
    needed("snntorch")
    importer = load_library("snntorch.import_nir")
    real, given = importer.import_from_nir, []

    def takes_dt(graph: Any, dt: float = 1e-3) -> Any:
        given.append(dt)
        return real(graph)

    def differs(graph: Any) -> Any:
        network = real(graph)
        for part in network.modules():
            if hasattr(part, "reset_mechanism"):
                if wrong == "another step":
                    part.beta = torch.as_tensor(part.beta) * 0.5
                else:
                    part.threshold = torch.as_tensor(part.threshold) * 3.0
        return network

    monkeypatch.setattr(importer, "import_from_nir", takes_dt if wrong == "takes dt" else differs)
    graph, spikes = random_graph(kind, "zero"), random_spikes(3)
    simulator, _ = require_parity("snntorch", graph, spikes, tmp_path / "a.nir")
    if wrong == "takes dt":
        assert given == [1e-4]
        assert not simulator.corrected
    else:
        what = "beta" if wrong == "another step" else "threshold"
        assert any(f"{what}, which the importer has otherwise" in each for each in simulator.corrected)
