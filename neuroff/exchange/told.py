"""What an export says of how images arrive, how often they are presented, and who reads the class."""

from __future__ import annotations

from neuroff.chip.readout import Readout, readout_of
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule
from neuroff.exchange.graph.readout import readout_weights, whole_weights, why_no_readout


def arriving_notes(inputs: Inputs, payload_bits: int = 0) -> tuple[str, ...]:
    """Return how images arrive, where that needs saying.

    Args:
        inputs: as the network was trained on them.
        payload_bits: of a graded spike; 0 where a spike is a spike.
    """
    if inputs.pixels.ndim == 3:
        return ("recorded spikes arrive as they were recorded, step by step",)
    if inputs.encoder.encoding != "constant":
        return ()
    if payload_bits:
        return (f"pixels arrive as one volley of {payload_bits}-bit graded spikes",)
    return ("pixels arrive as evenly spread spikes (analog values in training)",)


def presenting_notes(network: Network) -> tuple[str, ...]:
    """Return what whoever runs the file has to present beside an image, and to read."""
    if network.asking.shares_image:
        return ()
    return (
        "an image is presented, then its mirror image, each from rest; a class has the mean of both as its "
        "goodness. The file holds no read-out: whoever presents both counts spikes, and computes goodness "
        "and its mean from the counts",
    )


def whole_readout(network: Network, rule: PredictionRule | None) -> tuple[Readout | None, tuple[str, ...]]:
    """Return a read-out in whole numbers, as files of integers hold it, or none and a note that says why.

    Args:
        network: the network.
        rule: of prediction; the network's own without it.
    """
    why, elsewhere = why_no_readout(network), ""
    if why is None:
        weights = readout_weights(network, rule)
        whole, _ = whole_weights(weights, network.population.steps)
        readout = readout_of(whole, network.widths[1:])
        if readout is not None:
            return readout, ()
        rounded = all(bool(weight.eq(weight.round()).all()) for weight in whole.values())
        why = "a neuron counts for several classes" if rounded else "its weights are no whole numbers"
        several = ", except for --flavour norse and sinabs" if len(weights) > 1 else ""
        elsewhere = f"; `--to nir` holds the read-out{several}"
    elif network.asking.presentations != 1:
        return None, ()  # how an image is presented is said already
    return None, (
        "the file counts spikes and holds no read-out, the host computes the class from the counts: "
        f"{why}{elsewhere}",
    )
