"""What an exported program does, counted in its emulator, and what that costs on the chips that hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from neuroff.chip.limits import STATE_BITS, chip_work
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.exported import ExportedWork, deploy_exported, is_chip
from neuroff.energy.pricing.ranking import prices_work
from neuroff.energy.units import format_si
from neuroff.exchange.plain import with_plain_pixels
from neuroff.exchange.port import ChipPort, chip_port

IMAGES = 100
"""Test images on which an export counts what its file does."""
_ROWS = 4096  # read at once


def exported_work(port: ChipPort, inputs: Inputs, name: str = "as exported") -> ExportedWork:
    """Count what an exported program does for images under every label.

    Args:
        port: the program, and how images reach it.
        inputs: images as the trained network receives them.
        name: in reports.

    Raises:
        ShapeError: if there are no images.
    """
    first = port.program.chip.layers[0].synapses
    written = replace(port.deployment, chip=port.program.chip)
    work = chip_work(written, port.fed(inputs), name)
    return ExportedWork(work, port.program.bits, first.payload_bits, STATE_BITS)


def as_exported(network: Network, split: Split, images: int) -> Callable[[int], ExportedWork]:
    """Return a function from bits of a weight to what the exported network does for a prediction.

    Pixels arrive as spikes, the input that every chip has. Where they cannot (standardised pixels and a label
    louder than one are no firing rates), they arrive as ``neuroff export --to loihi`` sends them: one
    volley of graded spikes.

    Args:
        network: trained, of spiking neurons.
        split: its images: scales are chosen on training images, work is counted on test images.
        images: how many test images.

    Raises:
        ExportError: from the function, if the network cannot be exported.
    """
    plain, given, _ = with_plain_pixels(network, split)
    encoder = given.train.encoder
    spikes = encoder.encoding != "constant" or (encoder.takes_rates and _are_rates(given.train))

    @cache
    def work(bits: int) -> ExportedWork:
        port = chip_port(plain, given, "loihi", bits=bits, spikes=spikes)
        return exported_work(port, given.test.some(images))

    return work


def _are_rates(inputs: Inputs) -> bool:
    """Whether values, such as features of a table, lie in [0, 1]; bytes do once they are read."""
    for start in range(0, len(inputs), _ROWS):  # pixels may be in a file still
        values = inputs.pixels[start : start + _ROWS]
        if not values.is_floating_point():
            return True
        if bool((values < 0).any()) or bool((values > 1).any()):
            return False
    return True


def priced_notes(exported: ExportedWork, images: int, called: str = "test images") -> Iterator[str]:
    """Yield what a prediction by an exported program costs on each chip that holds it and has prices.

    Args:
        exported: of `exported_work`.
        images: on how many it was counted.
        called: what these are.
    """
    found = []
    for name in list_profiles():
        profile = load_profile(name)
        priced = deploy_exported(exported, profile).estimate if is_chip(profile) else None
        if priced is not None and prices_work(priced):
            bound = "≥ " if priced.is_lower_bound else ""
            found.append(f"{name} {bound}{format_si(priced.total_J.nominal, 'J')}")
    if found:
        yield (f"energy of a prediction, counted on {images} {called}, published prices: {', '.join(found)}")
    elif exported.payload_bit:
        yield "no chip with published prices takes graded spikes; with --spikes a prediction has an energy"
