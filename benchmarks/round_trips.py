"""From one simulator to the next: networks of each writer, written by neuroff for each reader, run there.

    python -m benchmarks.round_trips

Prints the table of docs/networks.md, as far as writers and readers are installed. ``equal``: every neuron of
two layers fires alike at every step; ``refused``: neuroff writes no file, because it would not be the same.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, get_args

import torch
from torch import Tensor, nn

import neuroff
from neuroff.choices import Library
from neuroff.errors import ExportError
from neuroff.exchange.nir.write import write_nir
from neuroff.foreign import run, values_for
from neuroff.foreign.as_exchange import exchange_graph, same_spikes
from neuroff.interop.library import load_library
from neuroff.interop.simulators.libraries import load
from neuroff.interop.simulators.simulator import LEAVING

STEPS, SAMPLES, INPUTS, HIDDEN, OUTPUTS = 20, 3, 12, 8, 6
READERS: Final = ("neuroff", "snntorch", "norse", "sinabs", "spikingjelly")


def main() -> int:
    """Print the table; return the exit code."""
    readers = [reader for reader in READERS if is_there(reader)]
    print("| trained in | " + " | ".join(readers) + " |")
    print("|---" * (len(readers) + 1) + "|")
    for writer in WRITERS:
        if is_there(WRITERS[writer][0]):
            print(f"| {writer} | " + " | ".join(outcome(writer, reader) for reader in readers) + " |")
    return 0


def is_there(library: str) -> bool:
    """Whether a library is installed."""
    return importlib.util.find_spec(library) is not None


def spikes() -> Tensor:
    """Return random spikes, ``(T, B, inputs)``."""
    stream = torch.Generator().manual_seed(1)
    return (torch.rand(STEPS, SAMPLES, INPUTS, generator=stream) < 0.4).float()


def network(writer: str) -> nn.Module:
    """Return a network of two layers as a writer has it, with weights large enough to fire."""
    stream = torch.Generator().manual_seed(2)
    made = WRITERS[writer][1]()
    with torch.no_grad():
        for part in made.modules():
            for weight in part.parameters(recurse=False) if isinstance(part, nn.Linear) else ():
                drawn = torch.rand(weight.shape, generator=stream) * 2 - 0.8
                weight.copy_(drawn * 2.0 / weight[0].numel() ** 0.5)
    return made


def outcome(writer: str, reader: str) -> str:
    """Return what comes of a network of one library in another: ``equal``, ``refused``, or what differs."""
    example = spikes()
    graph = neuroff.from_module(network(writer), example)
    values = values_for(graph, example)
    try:
        made = exchange_graph(graph, STEPS)
    except ExportError:
        return "refused"
    if reader == "neuroff":
        return "equal" if same_spikes(graph, made, values) else "other spikes"
    right, library = run(graph, values), next(each for each in get_args(Library) if each == reader)
    with tempfile.TemporaryDirectory() as folder:
        write_nir(made, Path(folder) / "a.nir", library)
        there = load(library, Path(folder) / "a.nir", double=True)
        found = {name: sent for name, sent in there.simulate(example.double()).items() if name != LEAVING}
    wanted = {f"n{name}": right[name] for name in graph.populations}
    if set(found) != set(wanted) or not all(bool(sent.any()) for sent in wanted.values()):
        return "other neurons"
    wrong = [name for name, sent in wanted.items() if not torch.equal(found[name].double(), sent)]
    return f"other spikes in {wrong[0]}" if wrong else "equal"


def _snntorch(reset: str) -> nn.Module:
    import snntorch as snn

    options: dict[str, Any] = {"init_hidden": True, "reset_mechanism": reset}
    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN),
        snn.Leaky(beta=0.75, **options),
        nn.Linear(HIDDEN, OUTPUTS),
        snn.Leaky(beta=0.5, **options),
    )


def _norse() -> nn.Module:
    library: Any = load_library("norse.torch")

    def number(value: float) -> Tensor:
        return torch.tensor(value)

    made: nn.Module = library.SequentialState(
        nn.Linear(INPUTS, HIDDEN),
        library.LIFBoxCell(library.LIFBoxParameters(tau_mem_inv=number(300.0), v_th=number(0.3))),
        nn.Linear(HIDDEN, OUTPUTS),
        library.IAFCell(library.IAFParameters(v_th=number(1.5))),
    )
    return made


def _spikingjelly(reset: float | None) -> nn.Module:
    from spikingjelly.activation_based import neuron

    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN),
        neuron.LIFNode(tau=2.0, v_reset=reset, decay_input=False),
        nn.Linear(HIDDEN, OUTPUTS),
        neuron.LIFNode(tau=4.0, v_reset=reset, decay_input=False),
    )


def _sinabs(spike: str, reset: str) -> nn.Module:
    from sinabs import activation, layers

    how = {"spike_fn": getattr(activation, spike), "reset_fn": getattr(activation, reset)()}
    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN),
        layers.LIF(tau_mem=4.0, norm_input=False, **how),
        nn.Linear(HIDDEN, OUTPUTS),
        layers.IAF(**how),
    )


WRITERS: Final[Mapping[str, tuple[str, Callable[[], nn.Module]]]] = MappingProxyType(
    {
        'snnTorch, `reset_mechanism="zero"`': ("snntorch", lambda: _snntorch("zero")),
        'snnTorch, `"subtract"` (its default)': ("snntorch", lambda: _snntorch("subtract")),
        "Norse, `LIFBoxCell`, `IAFCell`": ("norse", _norse),
        "SpikingJelly, `v_reset=0.`": ("spikingjelly", lambda: _spikingjelly(0.0)),
        "SpikingJelly, `v_reset=None`": ("spikingjelly", lambda: _spikingjelly(None)),
        "sinabs, `SingleSpike`": ("sinabs", lambda: _sinabs("SingleSpike", "MembraneSubtract")),
        "sinabs, `SingleSpike`, `MembraneReset`": ("sinabs", lambda: _sinabs("SingleSpike", "MembraneReset")),
        "sinabs, `MultiSpike` (its default)": ("sinabs", lambda: _sinabs("MultiSpike", "MembraneSubtract")),
    }
)
"""Names of the table, the library, and what makes a network."""


if __name__ == "__main__":
    raise SystemExit(main())
