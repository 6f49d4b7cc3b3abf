"""A trained spiking network in other simulators: which spikes differ, and what accuracy is left.

The network's divisive normalisation is folded into its weights, its pixels and labels become spikes, and the
graph is written as one .nir file per library. Every test image is presented with every label; each neuron of
each library is compared with neuroff's reference at every step. In float64 the numbers of the file count; in
float32 each library rounds in its own way, and a potential on the threshold to the last bit may fire on one
side only.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Tensor

from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.config.inputs import prepare
from neuroff.core.encoding import EncodingName
from neuroff.core.goodness import GoodnessMeasure
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.neurons import ResetName
from neuroff.core.signal import Signal
from neuroff.data import load as load_data
from neuroff.errors import MissingDependencyError
from neuroff.exchange.graph.fold import Folded, Statistic, fold_gains, with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph, Numeric, as_numeric
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.presenting import accuracy, as_spikes, goodness_of, prediction_chunks, presented
from neuroff.exchange.graph.reference import run as run_reference
from neuroff.exchange.nir.write import write_nir
from neuroff.interop.simulators.libraries import Library, load
from neuroff.runs.folder import RunDirectory, load_run
from neuroff.training.evaluate import accuracy as network_accuracy

_CALIBRATION_IMAGES = 1000
_EXAMPLES = """examples:
  python -m benchmarks.nir_parity RUN                             all test images in every installed library
  python -m benchmarks.nir_parity RUN --images 100 --float64-only a smaller try
  python -m benchmarks.nir_parity RUN --reset zero                the same weights, reset to zero

needs: pip install 'neuroff[export,interop]' sinabs spikingjelly
"""
Simulate = Callable[[Tensor], Mapping[str, Tensor]]


@dataclass
class Tally:
    """What a simulator did so far."""

    simulate: Simulate
    differing: int = 0
    spikes: int = 0
    neuron_steps: int = 0
    right: int = 0
    first: str = ""
    by_node: dict[str, int] = field(default_factory=dict)


def folded(network: Network, split: Split, encoding: EncodingName, statistic: Statistic = "median") -> Folded:
    """Return a network as spikes, synapses and neurons, its gains chosen on training images."""
    graph = with_spiking_input(from_network(network, encoding))
    train = as_spikes(split.train).head(_CALIBRATION_IMAGES)
    images = train.stimulus(slice(0, len(train)), "calibrate")
    return fold_gains(graph, presented(network.asking, images, train.labels[None]), statistic)


def with_reset(graph: Graph, reset: ResetName) -> Graph:
    """Return a graph whose neurons reset in another way."""
    return graph.with_nodes({name: replace(node, reset=reset) for name, node in graph.named(Neurons)})


def compare(
    graph: Graph,
    images: Inputs,
    goodness: GoodnessMeasure,
    simulators: Mapping[str, Simulate],
    chunk_size: int,
) -> dict[str, Tally]:
    """Run the reference and all simulators over the label sweep of all images.

    Returns:
        By name; "neuroff" is the reference.
    """
    dtype = getattr(torch, graph.numeric)
    tallies = {"neuroff": Tally(lambda spikes: run_reference(graph, Signal(spikes)))}
    tallies |= {name: Tally(simulate) for name, simulate in simulators.items()}
    for rows, spikes in prediction_chunks(images, chunk_size):
        arriving = spikes.to(dtype)
        reference = tallies["neuroff"].simulate(arriving)
        for name, tally in tallies.items():
            sent = reference if name == "neuroff" else tally.simulate(arriving)
            scores = torch.stack(goodness_of(graph, sent, images.encoder.asking, goodness)).sum(0)
            tally.right += int((scores.argmax(0) == images.labels[rows]).sum())
            for node, expected in reference.items():
                differs = sent[node] != expected
                count = int(differs.sum())
                tally.differing += count
                tally.by_node[node] = tally.by_node.get(node, 0) + count
                tally.spikes += int(sent[node].sum())
                tally.neuron_steps += expected.numel()
                if count and not tally.first:
                    step, sample, neuron = (int(x) for x in differs.nonzero()[0])
                    tally.first = f"{node}, step {step}, presentation {sample}, neuron {neuron}"
        print(f"\r{graph.numeric}: {rows.stop} of {len(images)} images", end="", file=sys.stderr)
    print(file=sys.stderr)
    return tallies


def loaded(graph: Graph, folder: Path, numeric: Numeric) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the simulators of all installed libraries, and why the others are missing."""
    simulators: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for library in get_args(Library):
        path = folder / f"{library}-{numeric}.nir"
        write_nir(as_numeric(graph, numeric), path, library)
        try:
            simulators[library] = load(library, path, double=numeric == "float64")
        except MissingDependencyError as error:
            missing[library] = error.what
    return simulators, missing


def measure(
    run: Path, images: int, numerics: Sequence[Numeric], reset: ResetName | None, chunk_size: int
) -> dict[str, Any]:
    """Measure everything.

    Args:
        run: folder of a finished spiking run.
        images: test images to predict.
        numerics: types to compute in.
        reset: another reset than the network was trained with, if given.
        chunk_size: images at once.
    """
    trained = load_run(RunDirectory(run))
    network, config = trained.network, trained.config
    split = prepare(load_data(config.data.dataset), config)
    test = split.test.head(images)
    choice = folded(network, split, config.neuron.encoding)
    graph = choice.graph if reset is None else with_reset(choice.graph, reset)
    spiking = as_spikes(test)
    simulators: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for numeric in numerics:
            present, missing = loaded(graph, Path(folder), numeric)
            tallies = compare(
                as_numeric(graph, numeric),
                spiking,
                network.goodness,
                {name: simulator.simulate for name, simulator in present.items()},
                chunk_size,
            )
            for name, tally in tallies.items():
                suffix = "" if numeric == numerics[0] else f"_{numeric}"
                entry = simulators.setdefault(name, {})
                if name in present:
                    entry |= {"version": present[name].version, "corrected": list(present[name].corrected)}
                entry |= {
                    f"differing_spikes{suffix}": tally.differing,
                    f"accuracy{suffix}": tally.right / len(test),
                    f"first_difference{suffix}": tally.first or None,
                    f"spikes{suffix}": tally.spikes,
                    f"neuron_steps{suffix}": tally.neuron_steps,
                }
    reference = simulators.pop("neuroff")
    return {
        "benchmark": "nir_parity",
        "nir": simulators,
        "not_installed": missing,
        "neuroff": reference,
        "numeric": list(numerics),
        "folding": folding_cost(network, split, test, choice, reset),
        "network": {
            "widths": list(network.widths),
            "steps": graph.steps,
            "reset": reset or config.neuron.reset,
        },
        "data": {"name": config.data.dataset, "test_images": len(test)},
        **surroundings(),
    }


def folding_cost(
    network: Network, split: Split, test: Inputs, choice: Folded, reset: ResetName | None
) -> dict[str, Any]:
    """Return the accuracy with a gain per sample and with fixed ones; the trained reset only."""
    if reset is not None:
        return {"gains": dict(choice.gains)}
    mean = folded(network, split, test.encoder.encoding, "mean")
    spiking = as_spikes(test)
    graphs = {"median": choice.graph, "mean": mean.graph}
    return {
        "gains": dict(choice.gains),
        "gain_per_sample": network_accuracy(network, test),
        "fixed_gain": {
            name: accuracy(graph, spiking, network.goodness, _reference_of(graph))
            for name, graph in graphs.items()
        },
    }


def _reference_of(graph: Graph) -> Simulate:
    return lambda spikes: run_reference(graph, Signal(spikes))


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    columns = [("", result["numeric"][0]), *((f"_{name}", name) for name in result["numeric"][1:])]
    head = "".join(f"{f'differing, {name}':>22}{'accuracy':>10}" for _, name in columns)
    lines = [f"{'':26}{head}"]
    for name, entry in {"neuroff": result["neuroff"], **result["nir"]}.items():
        cells = "".join(
            f"{entry[f'differing_spikes{suffix}']:>22}{entry[f'accuracy{suffix}']:>10.2%}"
            for suffix, _ in columns
        )
        lines.append(f"{name + ' ' + entry.get('version', ''):26}{cells}")
    return "\n".join(
        [*lines, "", f"of {result['neuroff']['neuron_steps']} neuron steps; {result['folding']}"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.nir_parity", __doc__, _EXAMPLES)
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a finished spiking run")
    parser.add_argument("--images", type=positive, default=10_000, help="test images (default: 10000)")
    parser.add_argument("--float64-only", action="store_true", help="leave out the float32 comparison")
    parser.add_argument("--reset", choices=get_args(ResetName), help="another reset than the trained one")
    parser.add_argument("--chunk", type=positive, default=50, help="images at once (default: 50)")
    given = parser.parse_args(arguments)
    numerics: tuple[Numeric, ...] = ("float64",) if given.float64_only else ("float64", "float32")
    return finish(
        lambda: measure(given.run, given.images, numerics, given.reset, given.chunk),
        table,
        as_json=given.json,
        out=given.out,
    )


if __name__ == "__main__":
    sys.exit(main())
