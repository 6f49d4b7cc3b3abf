"""What a network loses on its way to integers, and which chips have room for it: said when it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neuroff.chip.deploy import chip_accuracy
from neuroff.chip.limits import STATE_BITS
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.placing.placement import place
from neuroff.energy.pricing.exported import ExportedWork
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.exchange.port import ChipPort
from neuroff.training.evaluate import accuracy

IMAGES = 200
"""Training images that both networks are asked about."""


@dataclass(frozen=True)
class Told:
    """What notes call the images, and what they may say of them.

    Attributes:
        fitted: images on which scales are chosen.
        counted: images on which work is counted.
        own_answers: labels are what the network itself answers, so that nothing is known of what is right.
    """

    fitted: str = "training images"
    counted: str = "test images"
    own_answers: bool = False


def losing_notes(
    network: Network, train: Inputs, port: ChipPort, bits: int, rule: PredictionRule | None, told: Told
) -> tuple[str, ...]:
    """Return what is lost, and where the integers fit.

    Args:
        network: as it was trained.
        train: its training images.
        port: the same as integers.
        bits: of a weight.
        rule: of prediction; the network's own without it.
        told: what the images are called, and whether their labels are true ones.
    """
    head = train.some(IMAGES)
    exported = 100 * chip_accuracy(port.deployment, port.fed(head), rule)
    if told.own_answers:
        lost = f"of {len(head)} {told.fitted} {exported:.1f} % keep their class as integers"
    else:
        trained = 100 * accuracy(network, head, rule)
        lost = (
            f"of {len(head)} {told.fitted} {trained:.1f} % are right as trained, {exported:.1f} % as integers"
        )
    payload = port.program.chip.layers[0].synapses.payload_bits
    return (lost, *fit_notes(_work(network), bits, payload))


def _work(network: Network) -> NetworkWork:
    wiring = [layer.synapses for layer in network.layers]
    return NetworkWork(
        "exported",
        tuple(
            LayerWork(f"layer {index}", synapses.inputs, synapses.neurons, synapses.connections)
            for index, synapses in enumerate(wiring, start=1)
        ),
    )


def fit_notes(work: NetworkWork, bits: int, payload_bits: int = 0) -> Iterator[str]:
    """Yield which chips hold a network, and what each of the others has too little of.

    Args:
        work: the network; its sizes are looked at.
        bits: of a weight.
        payload_bits: of an input spike; 0 where a spike is a spike.
    """
    exported = ExportedWork(work, bits, payload_bits, STATE_BITS)
    fitting, short = [], []
    for name in list_profiles():
        profile = load_profile(name)
        if profile.limits is None or profile.limits.neurons_per_core is None:
            continue  # no chip of cores
        found = place(work, profile, weight_bit=bits)
        walls = [str(each) for each in found.shortfalls if each.kind == "wall"]
        walls += map(str, exported.lacking(profile))
        if walls:
            short.append(f"does not fit {name}: {walls[0]}")
        else:
            fitting.append(name)
    yield f"fits {', '.join(fitting)}" if fitting else "fits no chip whose cores are known"
    yield from short
