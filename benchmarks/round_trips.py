"""From one simulator to the next: networks of each writer, written by neuroff for each reader, run there.

    python -m benchmarks.round_trips [--write]

Prints the table of docs/porting.md, as far as writers and readers are installed; ``--write`` puts it into the
page where all are. ``equal``: every neuron of two layers fires alike at every step; ``set right``: once what
the reader's importer makes of the file has been put right; ``refused``: neuroff writes no file, because it
would not be the same.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
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
from neuroff.files import write_bytes
from neuroff.foreign import run, values_for
from neuroff.foreign.as_exchange import exchange_graph, runs_alike
from neuroff.interop.library import load_library
from neuroff.interop.simulators.libraries import load
from neuroff.interop.simulators.simulator import LEAVING

STEPS, SAMPLES, INPUTS, HIDDEN, OUTPUTS = 20, 3, 12, 8, 6
READERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "neuroff": "neuroff",
        "snntorch": "snnTorch 1.0.0",
        "norse": "Norse 1.1.0",
        "sinabs": "sinabs 3.1.3",
        "spikingjelly": "SpikingJelly 2.0.0",
    }
)
"""Names of the table, with the versions that they were measured with."""
PAGE: Final = Path(__file__).parents[1] / "docs" / "porting.md"
MARKS: Final = ("<!-- round trips -->", "<!-- end of round trips -->")


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and write it into the page if asked to; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    chosen = parser.parse_args(arguments)
    readers = [reader for reader in READERS if is_there(reader)]
    writers = [writer for writer in WRITERS if is_there(WRITERS[writer][0])]
    lines = ["| trained in | " + " | ".join(READERS[reader] for reader in readers) + " |"]
    lines.append("|---" * (len(readers) + 1) + "|")
    for writer in writers:
        lines.append(f"| {writer} | " + " | ".join(outcome(writer, reader) for reader in readers) + " |")
    print("\n".join(lines))
    if chosen.write:
        if (len(readers), len(writers)) != (len(READERS), len(WRITERS)):
            missing = [each for each in READERS if not is_there(each)]
            print(f"not written: {', '.join(missing)} not installed", file=sys.stderr)
            return 1
        before, after = (PAGE.read_text(encoding="utf-8").split(mark) for mark in MARKS)
        table = "\n\n".join(("", "\n".join(lines), ""))
        write_bytes(PAGE, (before[0] + MARKS[0] + table + MARKS[1] + after[1]).encode())
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
        return "equal" if runs_alike(graph, made, values) else "other spikes"
    right, library = run(graph, values), next(each for each in get_args(Library) if each == reader)
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_nir(made, Path(folder) / "a.nir", library)
        except ExportError:
            return "refused"
        there = load(library, Path(folder) / "a.nir", double=True)
        found = {name: sent for name, sent in there.simulate(example.double()).items() if name != LEAVING}
    wanted = {f"n{name.replace('.', '_')}": right[name] for name in graph.populations}
    if set(found) != set(wanted) or not all(bool(sent.any()) for sent in wanted.values()):
        return "other neurons"
    wrong = [name for name, sent in wanted.items() if not torch.equal(found[name].double(), sent)]
    if wrong:
        return f"other spikes in {wrong[0]}"
    return "equal, set right" if there.corrected else "equal"


def _snntorch(reset: str) -> nn.Module:
    import snntorch as snn

    options: dict[str, Any] = {"init_hidden": True, "reset_mechanism": reset}
    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN),
        snn.Leaky(beta=0.75, **options),
        nn.Linear(HIDDEN, OUTPUTS),
        snn.Leaky(beta=0.5, **options),
    )


def _snntorch_recurrent() -> nn.Module:
    import snntorch as snn

    options: dict[str, Any] = {"init_hidden": True, "reset_mechanism": "zero", "reset_delay": False}
    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN),
        snn.RLeaky(beta=0.75, linear_features=HIDDEN, **options),
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


def _sinabs_recurrent() -> nn.Module:
    from sinabs import activation, layers

    how = {"spike_fn": activation.SingleSpike, "reset_fn": activation.MembraneSubtract()}
    return nn.Sequential(
        nn.Linear(INPUTS, HIDDEN),
        layers.LIFRecurrent(4.0, nn.Linear(HIDDEN, HIDDEN, bias=False), norm_input=False, **how),
        nn.Linear(HIDDEN, OUTPUTS),
        layers.IAF(**how),
    )


WRITERS: Final[Mapping[str, tuple[str, Callable[[], nn.Module]]]] = MappingProxyType(
    {
        'snnTorch, `reset_mechanism="zero"`': ("snntorch", lambda: _snntorch("zero")),
        'snnTorch, `"subtract"` (its default)': ("snntorch", lambda: _snntorch("subtract")),
        'snnTorch, `RLeaky`, `"zero"`, `reset_delay=False`': ("snntorch", _snntorch_recurrent),
        "Norse, `LIFBoxCell`, `IAFCell`": ("norse", _norse),
        "SpikingJelly, `v_reset=0.`": ("spikingjelly", lambda: _spikingjelly(0.0)),
        "SpikingJelly, `v_reset=None`": ("spikingjelly", lambda: _spikingjelly(None)),
        "sinabs, `SingleSpike`": ("sinabs", lambda: _sinabs("SingleSpike", "MembraneSubtract")),
        "sinabs, `SingleSpike`, `MembraneReset`": ("sinabs", lambda: _sinabs("SingleSpike", "MembraneReset")),
        "sinabs, `LIFRecurrent`, `SingleSpike`": ("sinabs", _sinabs_recurrent),
        "sinabs, `MultiSpike` (its default)": ("sinabs", lambda: _sinabs("MultiSpike", "MembraneSubtract")),
    }
)
"""Names of the table, the library, and what makes a network."""


if __name__ == "__main__":
    raise SystemExit(main())
