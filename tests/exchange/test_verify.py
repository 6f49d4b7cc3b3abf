from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuroff.chip.deploy import chip_accuracy, course
from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.report import chip_spikes
from neuroff.core.inputs import Inputs
from neuroff.core.signal import Signal
from neuroff.errors import ConfigError, ExportError, ShapeError
from neuroff.exchange.graph.graph import as_numeric
from neuroff.exchange.graph.neurons import Neurons
from neuroff.exchange.graph.reference import run as run_graph
from neuroff.exchange.port import ChipPort, chip_port, graph_port, require_fitting, require_spiking
from neuroff.exchange.verdict import verify_chip, verify_graph
from tests.chip.conftest import Trained
from tests.samples import all_labels, configured, lively_network


@pytest.fixture(scope="module")
def port(ported: Trained) -> ChipPort:
    return chip_port(ported.network, ported.split, "loihi")


def with_bias(chip: ChipNetwork, layer: int, neuron: int, bias: int) -> ChipNetwork:
    layers = list(chip.layers)
    mantissa = layers[layer].neurons.bias_mantissa.clone()
    mantissa[neuron] = bias
    exponent = layers[layer].neurons.bias_exponent.clone()
    exponent[neuron] = 7
    changed = replace(layers[layer].neurons, bias_mantissa=mantissa, bias_exponent=exponent)
    layers[layer] = ChipLayer(layers[layer].synapses, changed)
    return ChipNetwork(tuple(layers))


def test_the_same_network_agrees_and_predicts_alike(ported: Trained, port: ChipPort) -> None:
    images = ported.split.test.head(60)
    verdict = verify_chip(port.deployment, port.program.chip, port.program.chip, images)
    assert verdict.first is None
    assert verdict.differing == 0
    assert verdict.neuron_steps == 60 * 10 * 10 * (60 + 40)  # images, labels, steps, neurons
    assert verdict.accuracy["export"] == chip_accuracy(port.deployment, images)


def wavering(port: ChipPort, images: Inputs, layer: int) -> int:
    """The neuron that fires nearest to every second step for the first image under the first label."""
    signal = images.head(1).stimulus(slice(None), "predict", 0)
    fired = chip_spikes(port.deployment, signal, torch.zeros(1, 1, dtype=torch.long))
    return int((fired[layer].double().mean((0, 1)) - 0.5).abs().argmin())


def first_presentation(
    port: ChipPort, found: ChipNetwork, images: Inputs, layer: int, neuron: int
) -> tuple[int, int, int]:
    """Step, image and label of the first spike of a neuron that only one of two chips sends."""
    signal = images.stimulus(slice(None), "predict", 0)
    labels = all_labels(10, signal)
    courses = (
        course(replace(port.deployment, chip=chip), signal, labels) for chip in (port.program.chip, found)
    )
    for step, (mine, theirs) in enumerate(zip(*courses, strict=True)):
        differs = (mine.spikes[layer] != theirs.spikes[layer])[:, neuron].tolist()
        if True in differs:
            row = differs.index(True)
            return step, row % len(images), row // len(images)
    raise AssertionError("the chips do the same")


@pytest.mark.parametrize("layer", [0, 1])
def test_the_first_difference_is_named(ported: Trained, port: ChipPort, layer: int) -> None:
    images = ported.split.test.head(3)
    neuron = wavering(port, images, layer)
    found = with_bias(port.program.chip, layer, neuron, 4095)
    verdict = verify_chip(port.deployment, port.program.chip, found, images)
    first = verdict.first
    assert first is not None
    assert (first.layer, first.neuron) == (layer, neuron)
    assert first.fired == "file"
    assert (first.step, first.image, first.label) == first_presentation(port, found, images, layer, neuron)
    assert verdict.differing > 0
    silent = with_bias(port.program.chip, layer, neuron, -4096)
    other = verify_chip(port.deployment, found, silent, images)
    assert other.first is not None
    assert other.first.fired == "run"


def test_images_are_needed(ported: Trained, port: ChipPort) -> None:
    with pytest.raises(ShapeError, match="no images"):
        verify_chip(port.deployment, port.program.chip, port.program.chip, ported.split.test.head(0))


def test_graphs_agree_and_differences_are_named(ported: Trained) -> None:
    graph = graph_port(ported.network, ported.split).graph
    images, network = ported.split.test.head(5), ported.network
    assert verify_graph(graph, graph, images, network).first is None
    name, node = list(graph.named(Neurons))[1]
    threshold = node.threshold.copy()
    threshold[4] = 1e-3
    other = graph.with_nodes({name: replace(node, threshold=threshold)})
    verdict = verify_graph(graph, other, images, network)
    assert verdict.first is not None
    assert (verdict.first.layer, verdict.first.neuron) == (1, 4)

    def simulate(spikes: torch.Tensor) -> dict[str, torch.Tensor]:
        return run_graph(graph, Signal(spikes))

    assert verify_graph(graph, other, images, network, simulate=simulate).first is None
    with pytest.raises(ExportError, match="a network of widths"):
        verify_graph(graph, replace(graph, steps=3), images, network)
    assert verify_graph(graph, as_numeric(graph, "float64"), images, network).neuron_steps > 0


def test_a_port_says_what_it_changes(ported: Trained, ported_values: Trained) -> None:
    notes = " ".join(graph_port(ported_values.network, ported_values.split).notes)
    assert "gain of input" in notes
    assert "evenly spread spikes" in notes
    volley = chip_port(ported_values.network, ported_values.split, "c")
    assert "one volley of 8-bit graded spikes" in " ".join(volley.notes)
    assert "neuron.reset=zero loses less" in " ".join(volley.notes)
    assert not volley.spikes
    spiking = chip_port(ported_values.network, ported_values.split, "c", spikes=True)
    assert spiking.spikes
    assert spiking.fed(ported_values.split.test).encoder.encoding == "regular"
    assert "loses less" not in " ".join(chip_port(ported.network, ported.split, "c").notes)


def test_files_of_other_networks_are_refused(port: ChipPort) -> None:
    program = port.program
    one = replace(program, chip=ChipNetwork(program.chip.layers[:1]))
    with pytest.raises(ExportError, match=r"f: a network of widths \(784, 60\)"):
        require_fitting(one, program, "f")
    with pytest.raises(ExportError, match="9 steps"):
        require_fitting(replace(program, steps=9), program, "f")
    with pytest.raises(ExportError, match="3 label axons"):
        require_fitting(replace(program, classes=3), program, "f")
    require_fitting(program, program, "f")


def test_dense_networks_and_unknown_targets(ported: Trained) -> None:
    with pytest.raises(ExportError, match="do not spike"):
        require_spiking(lively_network(configured()))
    with pytest.raises(ConfigError, match="unknown choice 'nir'"):
        chip_port(ported.network, ported.split, "nir")


def test_the_chip_is_told_how_to_learn_on(ported: Trained) -> None:
    steps = ported.network.population.steps
    notes = chip_port(ported.network, ported.split, "loihi").notes
    rule = f"to learn on the chip, t_epoch = {steps}: dw = u0 * 2^-4 * x1 * y2 - u0 * 2^-4 * x1 * y3"
    assert rule in notes
    assert rule not in chip_port(ported.network, ported.split, "c").notes
