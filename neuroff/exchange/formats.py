"""The formats in which a trained spiking network leaves, and the one call that writes one.

A format is a name, a sentence and a function; `register` adds one from outside. neuroff's own are registered
below, in the order in which help lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from neuroff.checks import path_of, require_kind
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.together import require_split
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange import writers
from neuroff.exchange.plain import with_plain_pixels
from neuroff.exchange.port import require_spiking
from neuroff.exchange.writers import ExportOptions, Written
from neuroff.files import require_free
from neuroff.results.ported import ExportResult

Write = Callable[[Network, Split, Path, ExportOptions], Written]


@dataclass(frozen=True)
class Format:
    """A way for a network to leave.

    Attributes:
        name: what ``neuroff export --to`` takes.
        says: what it is, in a few words.
        write: writes a network that spikes, its images beside it, and tells what it changed.
        options: names of `ExportOptions` that it takes; others are refused.
    """

    name: str
    says: str
    write: Write
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        to: the format.
        files: the files.
        widths: inputs, and neurons of every layer.
        bits: of a weight; None where weights stay as they are.
        notes: what was changed on the way, in words.
    """

    to: str
    files: tuple[Path, ...]
    widths: tuple[int, ...]
    bits: int | None
    notes: tuple[str, ...]

    def result(self, run: Path | str) -> ExportResult:
        """Return what was written as the result that ``--json`` prints.

        Args:
            run: that was exported.
        """
        values = {
            "run": str(run),
            "to": self.to,
            "files": list(map(str, self.files)),
            "bytes": sum(file.stat().st_size for file in self.files),
            "widths": list(self.widths),
            "bits": self.bits,
            "notes": list(self.notes),
        }
        return ExportResult.of(values, f"exporting {run}")


class Formats:
    """Formats by name: the registry that `register` adds to."""

    def __init__(self, formats: tuple[Format, ...]) -> None:
        self._by_name = {each.name: each for each in formats}

    def names(self) -> tuple[str, ...]:
        """Return all names, neuroff's own first."""
        return tuple(self._by_name)

    def add(self, new: Format) -> None:
        """Add a format.

        Raises:
            ConfigError: if there is one of that name, or an option that nobody has.
        """
        known = {field.name for field in fields(ExportOptions)}
        if new.name in self._by_name or not new.name.isidentifier():
            raise ConfigError(
                f"a format called {new.name!r}",
                where="register",
                expected=f"a word that is not one of {', '.join(self._by_name)}",
            )
        if not set(new.options) <= known:
            raise ConfigError(
                f"options {', '.join(new.options)}", where="register", expected=", ".join(sorted(known))
            )
        self._by_name[new.name] = new

    def get(self, name: str) -> Format:
        """Return a format.

        Raises:
            ConfigError: if there is none of that name.
        """
        if name not in self._by_name:
            raise ConfigError(f"format {name!r}", where="export", expected=" | ".join(self._by_name))
        return self._by_name[name]

    def taking(self, option: str) -> tuple[str, ...]:
        """Return the names of the formats that take an option."""
        return tuple(each.name for each in self._by_name.values() if option in each.options)


FORMATS = Formats(
    (
        Format("nir", "graph for other simulators", writers.nir, ("flavour",)),
        Format("netx", "HDF5 of lava-dl", writers.netx, ("bits",)),
        Format(
            "sanafe",
            "SANA-FE's network, mapping and architecture files",
            writers.sanafe,
            ("bits", "profile", "image", "label"),
        ),
        Format("loihi", "integers for neuroff's emulator", writers.loihi, ("bits", "spikes", "chip_reset")),
        Format("c", "C99 header", writers.c, ("bits", "spikes", "chip_reset")),
    )
)


def register(new: Format) -> None:
    """Add a format; `export` and ``neuroff export`` of this process know it from then on.

    Raises:
        ConfigError: if there is one of that name, or an option that nobody has.
    """
    FORMATS.add(new)


def export(
    network: Network,
    split: Split,
    to: str,
    out: Path | str,
    options: ExportOptions | None = None,
    *,
    force: bool = False,
) -> Exported:
    """Write a trained spiking network as a file for simulators, chips and microcontrollers.

    Gains between layers become fixed ones in the weights, chosen on training images; integer formats also
    round weights, and reset to zero where neurons cannot subtract. What was changed is told. What a format
    cannot express is refused.

    Args:
        network: the network.
        split: its images.
        to: name of a format.
        out: the file; a folder for SANA-FE.
        options: of the format; its defaults without them.
        force: overwrite what is there.

    Raises:
        ConfigError: if there is no such format, or an option is another format's.
        ExportError: if the format cannot express the network, or something is there already.
    """
    require_split(network, split, "export")
    chosen, given, target = FORMATS.get(to), options or ExportOptions(), path_of("out", out, "export")
    require_kind("options", given, ExportOptions, where="export")
    for field in fields(ExportOptions):
        if field.name in ("rule", "told", *chosen.options):
            continue
        if getattr(given, field.name) != field.default:
            others = "|".join(FORMATS.taking(field.name))
            raise ConfigError(
                f"--{field.name.replace('_', '-')} with --to {to}", where="export", expected=f"--to {others}"
            )
    require_free(target, ExportError, force=force)
    require_spiking(network)
    plain, images, changed = with_plain_pixels(network, split)
    written = chosen.write(plain, images, target, given)
    bits = (given.bits or 8) if "bits" in chosen.options else None
    return Exported(to, written.files, written.widths, bits, (*changed, *written.notes))
