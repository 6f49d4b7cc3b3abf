"""Networks trained by backpropagation in other libraries: priced, and moved to 8 bits.

    python -m benchmarks.foreign [--dataset mnist] [--only TEXT] [--out FILE.json]

For every library that is installed a 784-128-10 network and a convolutional one are trained on all training
images, spikes drawn by brightness, T = 10; `neuroff.from_module` shows on 200 test images that the graph
gives the same spikes. Networks whose neurons subtract are moved to a chip whose neurons reset to rest,
thresholds chosen on 500 training images, and to one whose neurons subtract; all test images are judged. With
``--only`` rows whose names hold the text take the place of those in the file, written after every row.
Processor seconds are those of this process and of those that it waited for.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import neuroff
from neuroff.data import DataSet
from neuroff.errors import NeuroffError
from neuroff.files import write_bytes
from neuroff.foreign import port_graph, values_for
from neuroff.provenance import commit, machine, versions

STEPS, HIDDEN, BATCH = 10, 128, 128
Counted = Callable[[nn.Module, Tensor], Tensor]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose names hold this text")
    parser.add_argument("--out", type=Path, help="file to write")
    chosen = parser.parse_args(arguments)
    data = neuroff.load(chosen.dataset)
    rows: list[dict[str, Any]] = []
    if chosen.only and chosen.out is not None and chosen.out.exists():
        rows = json.loads(chosen.out.read_text(encoding="utf-8"))["networks"]
    order = [network[0] for network in networks(data)]
    for network in networks(data):
        if chosen.only in network[0]:
            new = measured(data, *network, epochs=chosen.epochs)
            rows = [row for row in rows if row["network"] != new["network"]] + [new]
            rows.sort(key=lambda row: order.index(row["network"]) if row["network"] in order else len(order))
            told = _told(chosen, rows)
            if chosen.out is not None:
                write_bytes(chosen.out, (json.dumps(told, indent=1) + "\n").encode())
    print(json.dumps(_told(chosen, rows), indent=1))
    return 0


def _told(chosen: argparse.Namespace, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dataset": chosen.dataset,
        "steps": STEPS,
        "epochs": chosen.epochs,
        "seed": 0,
        "versions": versions(),
        "commit": commit(),
        "machine": machine("cpu"),
        "networks": rows,
    }


def networks(data: DataSet) -> Iterator[tuple[str, nn.Module, Counted]]:
    """Yield name, untrained module, and how its output is counted over time, of each library that is here."""
    for layers in (dense, convolutional):
        for name, neurons, container, counted in libraries():
            torch.manual_seed(0)
            yield f"{name}, {layers.__name__}", container(*layers(data, neurons)), counted


def libraries() -> Iterator[tuple[str, Callable[[], nn.Module], Callable[..., nn.Module], Counted]]:
    """Yield name, neurons, what holds layers, and how output is counted, of each library that is here."""
    try:
        import snntorch as snn
    except ImportError:
        pass
    else:
        for reset in ("zero", "subtract"):
            leaky = partial(snn.Leaky, beta=0.9, init_hidden=True, reset_mechanism=reset)
            yield f"snntorch {snn.__version__}, reset {reset}", leaky, nn.Sequential, _forgetful("reset_mem")
    try:
        import norse
        import norse.torch as own
    except ImportError:
        pass
    else:
        numbers = own.LIFBoxParameters(tau_mem_inv=torch.tensor(200.0), v_th=torch.tensor(0.3))
        name = f"norse {getattr(norse, '__version__', '')}".strip()
        yield name, partial(own.LIFBoxCell, numbers), own.SequentialState, _with_state
    try:
        from spikingjelly.activation_based import neuron
    except ImportError:
        pass
    else:
        leaky = partial(neuron.LIFNode, tau=3.0, decay_input=False)
        yield "spikingjelly", leaky, nn.Sequential, _forgetful("reset")
    try:
        from sinabs import activation, layers
    except ImportError:
        return
    version = importlib.metadata.version("sinabs")
    for spike in ("SingleSpike", "MultiSpike"):
        neurons = partial(
            layers.LIFSqueeze,
            tau_mem=10.0,
            norm_input=False,
            spike_fn=getattr(activation, spike),
            batch_size=BATCH,
        )
        yield f"sinabs {version}, {spike}", neurons, nn.Sequential, _squeezed


def dense(data: DataSet, neurons: Callable[[], nn.Module]) -> tuple[nn.Module, ...]:
    """Return the layers of a network of one hidden layer."""
    inputs = data.train_images[0].size
    return nn.Flatten(), nn.Linear(inputs, HIDDEN), neurons(), nn.Linear(HIDDEN, 10), neurons()


def convolutional(data: DataSet, neurons: Callable[[], nn.Module]) -> tuple[nn.Module, ...]:
    """Return the layers of a network of two convolutions, with strides for pools."""
    left = [((length - 5) // 2 + 1 - 3) // 2 + 1 for length in data.train_images.shape[1:3]]
    return (
        *(nn.Conv2d(1, 8, 5, stride=2), neurons()),
        *(nn.Conv2d(8, 16, 3, stride=2), neurons()),
        *(nn.Flatten(), nn.Linear(16 * left[0] * left[1], 10), neurons()),
    )


def measured(
    data: DataSet, name: str, network: nn.Module, counted: Counted, *, epochs: int
) -> dict[str, Any]:
    """Train a network, price it and move it; return what a reader asks."""
    stream = torch.Generator().manual_seed(0)
    started, worked, load = time.perf_counter(), _processor_seconds(), os.getloadavg()[0]
    images, labels = _planes(data.train_images), torch.from_numpy(data.train_labels)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels), generator=stream).split(BATCH):
            loss = nn.functional.cross_entropy(counted(network, spikes(images[batch], stream)), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    seconds, processor = time.perf_counter() - started, _processor_seconds() - worked
    load = (load + os.getloadavg()[0]) / 2
    shown, right = spikes(_planes(data.test_images), stream), torch.from_numpy(data.test_labels)
    graph = neuroff.from_module(network, shown[:, :200], name=name)
    choosing, asked = values_for(graph, spikes(images[:500], stream)), values_for(graph, shown)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "n.safetensors"
        ported = port_graph(graph, "loihi", file, asked, choosing, labels=right, chip_reset="rest")
        subtracting = None
        if any("reset to rest, threshold" in note for note in ported.exported.notes):
            subtracting = port_graph(
                graph, "loihi", file, asked, labels=right, chip_reset="subtract", force=True
            )
    report = neuroff.energy_report(graph, shown[:, :1000], ["all"], dataset=data.name)
    assert ported.agreement.right is not None
    subtracted = None
    if subtracting is not None:
        assert subtracting.agreement.right is not None
        subtracted = subtracting.agreement.right[1]
    return {
        "network": name,
        "training_seconds": round(seconds, 1),
        "training_processor_seconds": round(processor, 1),
        "load_average": round(load, 1),
        "accuracy": ported.agreement.right[0],
        "accuracy_8_bits": ported.agreement.right[1],
        "accuracy_8_bits_subtracting": subtracted,
        "emulator_gives_the_same_spikes": ported.same and (subtracting is None or subtracting.same),
        "spikes": sum(node.spikes for node in graph_nodes(report) if node.neurons),
        "synaptic_operations": sum(node.synaptic_operations for node in graph_nodes(report)),
        "energy_J": {
            entry.profile.id: None if entry.energy_J is None else entry.energy_J.to_dict()
            for entry in report.accounts
        },
    }


def _processor_seconds() -> float:
    """Return what this process has used of processors, and those that it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def graph_nodes(report: Any) -> list[Any]:
    """Return the counted nodes of a report on a network of others."""
    if report.graph is None:
        raise NeuroffError("a report on a network of neuroff's", where="benchmarks/foreign.py")
    return list(report.graph.nodes.values())


def spikes(pixels: Tensor, stream: torch.Generator) -> Tensor:
    """Draw spikes by brightness, ``(T, B, 1, H, W)``."""
    return (torch.rand(STEPS, *pixels.shape, generator=stream) < pixels).float()


def _planes(images: Any) -> Tensor:
    return torch.from_numpy(images[:, None] / 255).float()


def _forgetful(clear: str) -> Counted:
    def counted(network: nn.Module, shown: Tensor) -> Tensor:
        for part in network.modules():
            if hasattr(part, clear) and part is not network:
                getattr(part, clear)()
        return torch.stack([network(step) for step in shown]).sum(0)

    return counted


def _squeezed(network: nn.Module, shown: Tensor) -> Tensor:
    """Count the output of a network of sinabs, whose layers take ``(B T, …)``."""
    steps, samples = shown.shape[:2]
    parts: list[Any] = list(network.modules())
    for part in parts:
        if hasattr(part, "squeeze_forward"):
            part.batch_size, part.num_timesteps = samples, steps
            for name, _ in list(part.named_buffers()):
                part.register_buffer(name, torch.zeros(0))
    sent: Tensor = network(shown.transpose(0, 1).flatten(0, 1)).reshape(samples, steps, -1)
    return sent.sum(1)


def _with_state(network: nn.Module, shown: Tensor) -> Tensor:
    state, sent = None, []
    for step in shown:
        out, state = network(step, state)
        sent.append(out)
    return torch.stack(sent).sum(0)


if __name__ == "__main__":
    raise SystemExit(main())
