from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

from neuroff.core.network import Layer, Network
from neuroff.core.neurons import LIF
from neuroff.core.synapses import Dense
from neuroff.errors import MissingDependencyError, NeuroffError
from neuroff.interop import norse_population, snntorch_population, to_norse, to_snntorch
from neuroff.interop.norse import NorseCell, from_norse_cell, run_norse_cell, to_norse_cell
from neuroff.interop.snntorch import from_leaky, run_leaky, to_leaky

CURRENT = torch.zeros(2, 1, 1)


@pytest.fixture(params=["snntorch", "norse"])
def absent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a library impossible to import."""
    library: str = request.param
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    return library


NETWORK = Network((Layer(Dense(torch.ones(2, 3), torch.zeros(2)), torch.tensor(0.0)),), LIF())
NOTHING: Any = None
CALLS: dict[str, list[Callable[[], Any]]] = {
    "snntorch": [
        lambda: to_leaky(LIF()),
        lambda: from_leaky(None, 1),
        lambda: run_leaky(None, CURRENT),
        lambda: to_snntorch(NETWORK),
        lambda: snntorch_population(NOTHING, 1),
    ],
    "norse": [
        lambda: to_norse(NETWORK),
        lambda: norse_population(NOTHING, 1),
        lambda: to_norse_cell(LIF()),
        lambda: from_norse_cell(NorseCell(None), 1),
        lambda: run_norse_cell(NorseCell(None), CURRENT),
    ],
}


def test_an_absent_library_is_named_with_the_way_to_install_it(absent: str) -> None:
    for call in CALLS[absent]:
        with pytest.raises(
            MissingDependencyError, match=rf"{absent} .*pip install 'neuroff\[interop\]'"
        ) as raised:
            call()
        assert isinstance(raised.value, NeuroffError)


def test_importing_the_mappings_loads_no_library() -> None:
    code = (
        "import sys, neuroff.interop, neuroff.interop.snntorch, neuroff.interop.norse\n"
        "print([name for name in ('snntorch', 'norse', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
