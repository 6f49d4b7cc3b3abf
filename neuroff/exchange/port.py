"""What a trained network becomes on its way to a file, and what that changes, said in words.

Every file starts here, and `neuroff.exchange.verify` starts here again: the same run, images and options give
the same network, to the bit on the same machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch

from neuroff.chip.deploy import Deployment, deploy
from neuroff.chip.learning import learning_notes
from neuroff.chip.model import neurons_of
from neuroff.chip.network import ChipNetwork
from neuroff.chip.program import ChipProgram, program_of
from neuroff.chip.quantise import quantise
from neuroff.chip.scales import LEAST_EXPONENT
from neuroff.choices import ChipReset
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule, rule_of
from neuroff.core.together import require_split
from neuroff.errors import ConfigError, ExportError, require_choice
from neuroff.exchange.graph.fold import fold_gains, fold_scales, with_spiking_input
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.graph import Graph
from neuroff.exchange.graph.presenting import as_spikes, presented
from neuroff.exchange.graph.readout import why_no_readout, with_readout
from neuroff.exchange.told import arriving_notes, presenting_notes, whole_readout

Target = Literal["nir", "netx", "sanafe", "loihi", "c"]
GRAPH_IMAGES = 1000
"""Training images on which a graph's fixed gains are chosen."""


@dataclass(frozen=True, eq=False)
class GraphPort:
    """A network as a graph without gains per sample.

    Attributes:
        graph: spikes in, spikes out.
        notes: what was changed.
    """

    graph: Graph
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ChipPort:
    """A network as integers.

    Attributes:
        deployment: the chip model, and how images reach it.
        program: what a file holds.
        spikes: whether images arrive as spikes, not as one graded volley.
        notes: what was changed.
    """

    deployment: Deployment
    program: ChipProgram
    spikes: bool
    notes: tuple[str, ...]

    def fed(self, inputs: Inputs) -> Inputs:
        """Return images as this network receives them."""
        return as_spikes(inputs) if self.spikes else inputs


def graph_port(
    network: Network,
    split: Split,
    *,
    rule: PredictionRule | None = None,
    dt_ms: float = 1.0,
    readout: bool = True,
) -> GraphPort:
    """Return a trained spiking network as a graph, its gains chosen on training images.

    Where the score of a class is a weighted sum of spikes, the graph ends in synapses that add it up.

    Args:
        network: the network.
        split: its images.
        rule: of prediction; the network's own without it.
        dt_ms: duration of a step.
        readout: whether such a graph ends so, not with the last layer's spikes.

    Raises:
        ExportError: naming what a graph does not have.
        ConfigError: if there are no training images.
    """
    require_split(network, split, "export")
    rule = rule_of(network, rule)
    split.train.require_asking(network.asking, "export")
    train = as_spikes(split.train.some(GRAPH_IMAGES))
    if not len(train):
        raise ConfigError("no training images to choose gains on", where="export", expected="at least one")
    graph = with_spiking_input(from_network(network, split.train.encoder.encoding, dt_ms=dt_ms))
    images = train.stimulus(slice(0, len(train)), "calibrate")
    folded = fold_gains(graph, presented(train.encoder.asking, images, train.labels[None]))
    notes = [
        f"gain of {name}: {gain:.6g} for all images, in the weights that follow (one per image in training)"
        for name, gain in folded.gains.items()
        if gain != 1.0
    ]
    notes += arriving_notes(split.train)
    plain, why = fold_scales(folded.graph), why_no_readout(network)
    if why is None and readout:
        plain = with_readout(plain, network, rule)
        notes.append(
            f"the output carries {network.classes} numbers a step; their sums over {plain.steps} steps "
            "are in proportion to the scores of the classes"
        )
    elif why and network.asking.presentations == 1:
        notes.append(f"the output carries the last layer's spikes, to be counted: {why}")
    return GraphPort(plain, (*notes, *presenting_notes(network)))


def chip_port(
    network: Network,
    split: Split,
    target: Target,
    *,
    bits: int = 8,
    spikes: bool = False,
    rule: PredictionRule | None = None,
    reset: ChipReset = "rest",
) -> ChipPort:
    """Return a trained spiking network as integers, its scales chosen on training images.

    Args:
        network: the network.
        split: its images.
        target: which file it is for.
        bits: of a weight, in [2, 8].
        spikes: images arrive as spikes even where training had analog values; always so for ``netx`` and
            ``sanafe``, which know no graded input.
        rule: of prediction, the network's own without it; ``c`` and ``loihi`` hold it where it takes no more
            than sums of spikes.
        reset: what the target's neurons can do at a spike; see `neuroff.chip.model.for_chip`.

    Raises:
        ExportError: naming the layer and what the chip or the file does not have.
        ConfigError: if there are no training images, or the target has no integers.
    """
    require_split(network, split, "chip_port")
    rule = rule_of(network, rule)
    require_choice(target, ("netx", "sanafe", "loihi", "c"), "target")
    given = split.train.encoder.encoding
    spiking = spikes or target in ("netx", "sanafe")
    train = as_spikes(split.train) if spiking else split.train
    # One image stream for all targets: what `quantise` looks at does not depend on the file's kind.
    least = 0 if target in ("netx", "sanafe") else LEAST_EXPONENT
    model = quantise(network, train, bits=bits, reset=reset, least_exponent=least)
    deployment = deploy(model)
    notes = [f"weights of {bits} bits, potentials of 24"]
    for index, gain in enumerate(model.gains):
        lif, plain = neurons_of(network, index), neurons_of(model.network, index)
        if gain != 1.0:
            trained = "" if index and network.gain == "constant" else " (one per image in training)"
            notes.append(f"layer {index + 1}: a fixed gain of {gain:.6g} in the weights{trained}")
        if lif.reset != plain.reset:
            share = float(plain.threshold) / float(lif.threshold)
            notes.append(
                f"layer {index + 1}: reset to zero, threshold {share:.3g} of the trained one; a network "
                "trained with neuron.reset=zero loses less"
            )
            if target == "loihi" and index + 1 == len(model.gains):
                notes.append("--chip-reset subtract keeps the trained reset, for neurons as Loihi 2's")
    notes += [*presenting_notes(network), *_resting(deployment.chip)]
    notes += arriving_notes(split.train, model.scales[0].payload_bits)
    if target != "netx":
        program = program_of(deployment)
        if target in ("c", "loihi"):
            readout, told = whole_readout(network, rule)
            program = replace(program, readout=readout)
            notes += told
        if target == "loihi":
            notes += learning_notes(network.population.steps, network.asking)
        return ChipPort(deployment, program, spiking and given == "constant", tuple(notes))
    from neuroff.exchange.netx import for_netx  # needs h5py

    program = for_netx(model)
    notes.append("weight exponents of 0, biases of exponent 6, neurons that start at rest")
    if any(layer.neurons.rest_at for layer in program.chip.layers):
        notes.append(
            "load it with netx.hdf5.Network(FILE, "
            f"reset_interval={program.length}, reset_offset=1), so that lava sets neurons to rest in time"
        )
    return ChipPort(deployment, program, spiking and given == "constant", tuple(notes))


def _resting(chip: ChipNetwork) -> Iterator[str]:
    """Yield what a device has to do where biases cannot wait for their input."""
    named = [f"{n}" for n, layer in enumerate(chip.layers, start=1) if layer.neurons.rest_at]
    if named:
        yield (
            f"layer {', '.join(named)}: biases too large to wait for the first spikes under; the device sets "
            "these neurons to rest when they can come, once a presentation (as lava's LIFReset)"
        )


def require_spiking(network: Network) -> None:
    """Refuse a network that does not spike, before anything is computed.

    Raises:
        ExportError: naming the layer.
    """
    for index in range(len(network.layers)):
        neurons_of(network, index)


def require_fitting(program: ChipProgram, expected: ChipProgram, where: str) -> None:
    """Refuse a file of another network.

    Raises:
        ExportError: if widths, steps, labels or the kind of input differ.
    """
    graded = tuple(p.chip.layers[0].synapses.payload_bits for p in (program, expected))
    same_unit = torch.isclose(
        torch.tensor(program.payload_unit), torch.tensor(expected.payload_unit), rtol=1e-6
    )
    if program.widths != expected.widths or program.steps != expected.steps:
        raise ExportError(
            f"a network of widths {program.widths} and {program.steps} steps",
            where=where,
            expected=f"that of the run: {expected.widths}, {expected.steps} steps",
        )
    if program.classes != expected.classes or graded[0] != graded[1] or not bool(same_unit):
        raise ExportError(
            f"{program.classes} label axons, payloads of {graded[0]} bits and unit "
            f"{program.payload_unit:.6g}",
            where=where,
            expected=f"{expected.classes}, {graded[1]} and {expected.payload_unit:.6g}, as the run's",
        )
