"""Networks trained by backpropagation in other libraries: priced, and moved to 8 bits.

    python benchmarks/foreign.py [--dataset mnist] [--out FILE.json]

For every library that is installed a 784-128-10 network, and for snnTorch, Norse and SpikingJelly a
convolutional one too, is trained on all training images, spikes drawn by brightness, T = 10;
`neuroff.from_module` shows on 200 test images that the graph gives the same spikes. Where a reset changes,
thresholds are chosen on 500 training images; all test images are judged.
"""

from __future__ import annotations

import argparse
import json
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
from neuroff.foreign import port_graph, values_for
from neuroff.provenance import commit, machine, versions

STEPS, HIDDEN, BATCH = 10, 128, 128
Counted = Callable[[nn.Module, Tensor], Tensor]


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, help="file to write")
    chosen = parser.parse_args(arguments)
    data = neuroff.load(chosen.dataset)
    rows = [measured(data, *network, epochs=chosen.epochs) for network in networks(data)]
    told = {
        "dataset": chosen.dataset,
        "steps": STEPS,
        "epochs": chosen.epochs,
        "seed": 0,
        "versions": versions(),
        "commit": commit(),
        "machine": machine("cpu"),
        "networks": rows,
    }
    text = json.dumps(told, indent=1)
    if chosen.out is not None:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


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
        return
    leaky = partial(neuron.LIFNode, tau=3.0, decay_input=False)
    yield "spikingjelly", leaky, nn.Sequential, _forgetful("reset")


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
    started = time.perf_counter()
    images, labels = _planes(data.train_images), torch.from_numpy(data.train_labels)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels), generator=stream).split(BATCH):
            loss = nn.functional.cross_entropy(counted(network, spikes(images[batch], stream)), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    seconds = time.perf_counter() - started
    shown, right = spikes(_planes(data.test_images), stream), torch.from_numpy(data.test_labels)
    graph = neuroff.from_module(network, shown[:, :200], name=name)
    with tempfile.TemporaryDirectory() as folder:
        choosing = values_for(graph, spikes(images[:500], stream))
        ported = port_graph(
            graph, "loihi", Path(folder) / "n.safetensors", values_for(graph, shown), choosing, labels=right
        )
    report = neuroff.energy_report(graph, shown[:, :1000], ["all"], dataset=data.name)
    assert ported.agreement.right is not None
    return {
        "network": name,
        "training_seconds": round(seconds, 1),
        "accuracy": ported.agreement.right[0],
        "accuracy_8_bits": ported.agreement.right[1],
        "emulator_gives_the_same_spikes": ported.same,
        "spikes": sum(node.spikes for node in graph_nodes(report) if node.neurons),
        "synaptic_operations": sum(node.synaptic_operations for node in graph_nodes(report)),
        "energy_J": {
            entry.profile.id: None if entry.energy_J is None else entry.energy_J.to_dict()
            for entry in report.accounts
        },
    }


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


def _with_state(network: nn.Module, shown: Tensor) -> Tensor:
    state, sent = None, []
    for step in shown:
        out, state = network(step, state)
        sent.append(out)
    return torch.stack(sent).sum(0)


if __name__ == "__main__":
    raise SystemExit(main())
