"""How each of neuroff's own formats is written: the network on its way to the file, then the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from torch import Tensor

from neuroff.checks import require_kind, require_whole
from neuroff.chip.deploy import events
from neuroff.chip.file import write_loihi
from neuroff.chip.limits import chip_work, require_fit
from neuroff.choices import ChipReset
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule
from neuroff.energy import load_profile
from neuroff.errors import ConfigError, require_choice
from neuroff.exchange.c.source import MAX_FILE_BYTES, write_c
from neuroff.exchange.graph.readout import joins_branches
from neuroff.exchange.losing import Told, losing_notes
from neuroff.exchange.nir.flavour import DEPTH_FIRST, Flavour, set_right
from neuroff.exchange.port import ChipPort, chip_port, graph_port
from neuroff.exchange.priced import IMAGES, exported_work, priced_notes
from neuroff.exchange.sanafe.files import write_sanafe

_SANAFE_CHIP = "loihi1-sanafe"


@dataclass(frozen=True)
class ExportOptions:
    """What formats can be told; each takes some.

    Attributes:
        bits: of a weight, in [2, 8]; 8 without it.
        flavour: who will read a NIR file; the plain equations without it.
        spikes: pixels arrive as spikes, not as one volley of graded spikes.
        profile: the chip of SANA-FE; loihi1-sanafe without it.
        image: the test image that SANA-FE is shown.
        label: the label shown with it; the true one without it.
        rule: of prediction, for formats that hold how spikes become a class; the network's own without it.
        chip_reset: what the device's neurons can do at a spike, ``rest`` alone or ``subtract`` too; without
            it
            those of C subtract, which is software, and others do as those of Loihi 1, which are priced.
        told: how notes speak of the images. No choice of the user's: it comes with them.

    Raises:
        ConfigError: naming a number out of range, or a choice that is none.
    """

    bits: int | None = None
    flavour: Flavour | None = None
    spikes: bool = False
    profile: str | None = None
    image: int = 0
    label: int | None = None
    rule: PredictionRule | None = None
    chip_reset: ChipReset | None = None
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        where = "ExportOptions"
        if self.bits is not None:
            require_whole("bits", self.bits, least=2, below=9, where=where)
        for name, choices in (("flavour", Flavour), ("rule", PredictionRule), ("chip_reset", ChipReset)):
            if getattr(self, name) is not None:
                require_choice(getattr(self, name), get_args(choices), f"{where}, {name}")
        if self.profile is not None:
            require_kind("profile", self.profile, str, where=where, expected="a profile's name or file")
        require_whole("image", self.image, least=0, where=where)
        require_whole("label", 0 if self.label is None else self.label, least=0, where=where)


@dataclass(frozen=True)
class Written:
    """What a format wrote.

    Attributes:
        files: the files.
        widths: inputs, and neurons of every layer.
        notes: what was changed on the way, in words.
    """

    files: tuple[Path, ...]
    widths: tuple[int, ...]
    notes: tuple[str, ...]


def nir(network: Network, split: Split, out: Path, options: ExportOptions) -> Written:
    """Write a NIR graph."""
    from neuroff.exchange.nir.write import write_nir  # needs h5py

    port, flavour = graph_port(network, split, rule=options.rule), options.flavour or "nir"
    left_out: tuple[str, ...] = ()
    if flavour in DEPTH_FIRST and joins_branches(port.graph):
        port = graph_port(network, split, rule=options.rule, readout=False)
        left_out = (
            f"the output carries the last layer's spikes: {flavour}'s importer does not add up what "
            "different synapses read of several layers; layers of one width, or a window of one layer, have "
            "scores there",
        )
    write_nir(port.graph, out, flavour)
    told = (*port.notes, *left_out, *set_right(port.graph, flavour, out.name))
    return Written((out,), (port.graph.input.width, *network.widths[1:]), told)


def netx(network: Network, split: Split, out: Path, options: ExportOptions) -> Written:
    """Write lava-dl's HDF5."""
    port = chip_port(network, split, "netx", bits=options.bits or 8)
    from neuroff.exchange.netx import write_netx
    from neuroff.exchange.netx_planes import told_of_planes, without_pool
    from neuroff.hdf5.reading import MAX_BYTES  # needs h5py

    write_netx(out, port.program)
    layers = [layer.synapses for layer in port.program.chip.layers]
    shared = [without_pool(synapses) for synapses in layers]
    matrices = [synapses.axons * synapses.neurons for synapses in layers]
    held = sum(
        4 * (each.weight.numel() if each else full) for each, full in zip(shared, matrices, strict=True)
    )
    told = (*port.notes, *told_of_planes(shared[0]), *_told(network, split, port, options))
    told += unread(held, MAX_BYTES)
    return Written((out,), port.program.widths, told)


def loihi(network: Network, split: Split, out: Path, options: ExportOptions) -> Written:
    """Write integers for neuroff's emulator."""
    return _plain(network, split, out, options, "loihi")


def c(network: Network, split: Split, out: Path, options: ExportOptions) -> Written:
    """Write a C99 header."""
    return _plain(network, split, out, options, "c")


def sanafe(network: Network, split: Split, out: Path, options: ExportOptions) -> Written:
    """Write SANA-FE's files of one presentation.

    Raises:
        ConfigError: if there is no such image or label.
    """
    port = chip_port(network, split, "sanafe", bits=options.bits or 8)
    chip, test = load_profile(options.profile or _SANAFE_CHIP), port.fed(split.test)
    image, shown = options.image, _candidate(network, test, options)
    stimulus = test.stimulus(slice(image, image + 1), "predict", image)
    sent = events(port.deployment, stimulus, shown)
    placed = require_fit(port.deployment, chip_work(port.deployment, test.head(image + 1).tail(1)), chip)
    files = write_sanafe(out, port.program, sent, chip, placed)
    return Written(files, port.program.widths, (*port.notes, *_told(network, split, port, options)))


def _candidate(network: Network, test: Inputs, options: ExportOptions) -> Tensor:
    """Return what the image of a file is shown with, ``(1, 1)``: its label, or nothing where none is shown.

    Raises:
        ConfigError: if there is no such image or label.
    """
    image, label, asking = options.image, options.label, network.asking
    if image >= len(test):
        raise ConfigError(
            f"image {image}",
            where="--image",
            expected=f"one of {len(test)} test images, counted from 0" if len(test) else "a test image",
        )
    if not asking.contrasts:
        if label is not None:
            raise ConfigError(
                f"label {label}",
                where="--label",
                expected="no label: this network is shown images alone",
                fix="leave it out",
            )
        return asking.everything(1)[:1]
    if label is None:
        return test.labels[None, image : image + 1]
    if label >= network.classes:
        raise ConfigError(
            f"label {label}", where="--label", expected=f"one of {network.classes} labels, counted from 0"
        )
    return test.labels.new_tensor([[label]])


def _plain(
    network: Network, split: Split, out: Path, options: ExportOptions, to: Literal["loihi", "c"]
) -> Written:
    port = chip_port(
        network,
        split,
        to,
        bits=options.bits or 8,
        spikes=options.spikes,
        rule=options.rule,
        reset=options.chip_reset or ("subtract" if to == "c" else "rest"),
    )
    write = write_c if to == "c" else write_loihi
    write(out, port.program)
    told = (*port.notes, *_told(network, split, port, options))
    told += unread(out.stat().st_size, MAX_FILE_BYTES) if to == "c" else ()
    return Written((out,), port.program.widths, told)


def unread(held: int, most: int) -> tuple[str, ...]:
    """Return a note where neuroff's own reader, which is wary of large files, does not take a file.

    Args:
        held: bytes of the file, or of its numbers.
        most: that the reader takes.
    """
    if held <= most:
        return ()
    return (f"{held:,} bytes, more than `neuroff verify` reads ({most:,}): it cannot check this file",)


def _told(network: Network, split: Split, port: ChipPort, options: ExportOptions) -> tuple[str, ...]:
    """Return what is lost, where the integers fit, and what a prediction costs there."""
    lost = losing_notes(network, split.train, port, options.bits or 8, options.rule, options.told)
    return (*lost, *_priced(split, port, options))


def _priced(split: Split, port: ChipPort, options: ExportOptions) -> tuple[str, ...]:
    """Return what a prediction costs; nothing is said without test images."""
    some = split.test.some(IMAGES)
    if not len(some):
        return ()
    return tuple(priced_notes(exported_work(port, some), len(some), options.told.counted))
