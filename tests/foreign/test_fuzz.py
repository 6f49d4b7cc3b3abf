"""Files with anything in them: a graph that runs, or one of neuroff's own errors."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from neuroff.errors import NeuroffError
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign.counting import count_graph
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.nodes.protocol import size
from neuroff.foreign.reading import graph_of
from neuroff.foreign.work import work_of
from neuroff.hdf5.files import read_hdf5
from tests.foreign.plain import Plain
from tests.foreign.strategies import DT_S, networks
from tests.graphs import SILENT, random_graph, read_out

FILES = int(os.environ.get("NEUROFF_FUZZED_FILES", "1500"))
"""How many are tried; NEUROFF_FUZZED_FILES=100000 for a night."""

_ODD: tuple[Any, ...] = (
    np.array([]),
    np.zeros((0, 3)),
    np.array(0),
    np.array(-1),
    np.array(1),
    np.array([1, 2]),
    np.array([[1.0]]),
    np.array([2**40]),
    np.array([-(2**62), 2**62]),
    np.array([np.nan]),
    np.array([np.inf, -np.inf]),
    np.array([1e300]),
    np.array([1e-300]),
    np.array([0.5, 1.5]),
    np.array([True, False]),
    np.array(["a", "b"], dtype=object),
    np.ones((2, 2, 2, 2, 2, 2)),
    np.zeros(7, np.uint8),
    "same",
    "text",
    "",
    {},
    {"type": "LIF"},
    {"input": np.array([3])},
)


def places(tree: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key of a tree."""
    found = []
    for key, value in tree.items():
        found.append((*path, key))
        if isinstance(value, dict):
            found += places(value, (*path, key))
    return found


def spoilt(tree: Any, choose: np.random.Generator) -> Any:
    """A copy of a tree in which a few things are others, missing, or elsewhere."""
    tree = copy.deepcopy(tree)
    for _ in range(choose.integers(1, 4)):
        *path, key = places(tree)[choose.integers(len(places(tree)))]
        at = tree
        for part in path:
            at = at[part]
        act = choose.integers(4)
        if act == 0:
            del at[key]
        elif act == 1 and isinstance(at[key], np.ndarray) and at[key].size and at[key].dtype.kind in "fi":
            changed = at[key].copy().reshape(-1)
            with np.errstate(all="ignore"):
                changed[choose.integers(changed.size)] *= -1
            at[key] = changed.reshape(at[key].shape) if choose.integers(2) else changed
        elif act == 2:
            at[str(choose.integers(100))] = copy.deepcopy(at[key])
        else:
            at[key] = copy.deepcopy(_ODD[choose.integers(len(_ODD))])
        if not places(tree):
            break
    return tree


def tried(tree: Any) -> SpikingGraph | None:
    """Read and run what can be."""
    try:
        graph = graph_of(tree, "file", dt_ms=DT_S * 1000)
    except NeuroffError:
        return None
    if sum(size(node.inputs) + size(node.outputs) for node in graph.nodes.values()) < 10_000:
        values = {
            name: torch.ones(2, 1, *graph.nodes[name].inputs, dtype=torch.float64) for name in graph.inputs
        }
        if graph.populations:
            work_of(count_graph(graph, values)).counts()
    return graph


@pytest.mark.parametrize("kind", SILENT)
def test_any_value_in_any_place_of_a_file_of_neuroffs_own(tmp_path: Path, kind: str) -> None:
    write_nir(read_out(random_graph("cuba", "value", widths=(4, 3)), kind), tmp_path / "a.nir")
    tree = read_hdf5(tmp_path / "a.nir")
    for *above, last in places(tree):
        for odd in _ODD:
            changed = copy.deepcopy(tree)
            at: Any = changed
            for part in above:
                at = at[part]
            at[last] = copy.deepcopy(odd)
            tried(changed)
    assert tried(tree) is not None


@given(networks(), st.integers(0, 2**32 - 1))
@settings(
    max_examples=max(FILES // 50, 1),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
def test_spoilt_files_are_refused_or_run(drawn: tuple[Plain, tuple[int, ...]], seed: int) -> None:
    choose = np.random.default_rng(seed)
    tree = drawn[0].tree()
    for _ in range(50):
        tried(spoilt(tree, choose))
