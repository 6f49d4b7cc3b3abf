"""Tables of one hardware profile, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from neuroff.report.grid import Grid

if TYPE_CHECKING:
    from neuroff.energy import Coefficient, Profile
    from neuroff.energy.profile.measurement import Measurement


def tables_of(profile: Profile) -> Iterator[Grid]:
    """The tables that have rows: prices, limits, measurements, sources."""
    for table in (
        _coefficient_table(profile),
        _limit_table(profile),
        _measurement_table(profile),
        _source_table(profile),
    ):
        if table.rows:
            yield table


def facts(profile: Profile) -> str:
    """One line on what the device is."""
    from neuroff.energy import format_si

    meta = profile.meta
    node = "node not stated" if meta.node_nm is None else f"{meta.node_nm:g} nm"
    voltage = "voltage not stated" if meta.vdd_V is None else format_si(meta.vdd_V, "V")
    return f"{meta.kind}, {meta.time_model}, {node}, {voltage}, boundary: {meta.boundary}"


def notes(profile: Profile) -> Iterator[str]:
    """Notes of coefficients and measurements, each after the name of what it belongs to."""
    from neuroff.energy import coefficients

    for coefficient in coefficients(profile):
        if coefficient.note:
            yield f"{coefficient.term}: {coefficient.note}"
    for entry in profile.measurement:
        if entry.note:
            yield f"measurement.{entry.name}: {entry.note}"


def _coefficient_table(profile: Profile) -> Grid:
    from neuroff.energy import coefficients

    rows = []
    for entry in coefficients(profile):
        energy, band = _energy(entry), _band(entry)
        grade = "-" if entry.evidence is None else entry.evidence + (" (derived)" if entry.derived else "")
        rows.append((entry.term, entry.per, energy, band, entry.scope, grade, entry.source or "-"))
    return _words("term", "per", "energy", "band", "scope", "evidence", "source", rows=rows)


def _energy(entry: Coefficient) -> str:
    from neuroff.energy import format_si

    if entry.band_J is None:
        return "unpriced" if entry.included_in == "unknown" else f"in {entry.included_in}"
    return format_si(entry.band_J.nominal, _unit(entry), digits=4, trim=True)


def _band(entry: Coefficient) -> str:
    from neuroff.energy import format_si

    if entry.band_J is None or entry.band_J.low == entry.band_J.high:
        return "-"
    ends = (entry.band_J.low, entry.band_J.high)
    low, high = (format_si(end, _unit(entry), digits=4, trim=True) for end in ends)
    return f"{low} - {high}"


def _unit(entry: Coefficient) -> str:
    return "W" if entry.term.startswith("static.") else "J"


def _limit_table(profile: Profile) -> Grid:
    from neuroff.energy.profile.chip import BitLimit, CountLimit

    rows: list[tuple[str, ...]] = []
    for name, value in profile.limits or ():
        if isinstance(value, CountLimit):
            rows.append((name, f"{value.value_count}", value.kind))
        elif isinstance(value, BitLimit):
            rows.append((name, f"{value.value_bit} bit", value.kind))
        elif value is not None and name not in ("source", "note"):
            rows.append((name, f"{value}", "-"))
    return _words("limit", "value", "kind", rows=rows)


def _measurement_table(profile: Profile) -> Grid:
    rows = [
        (
            entry.name,
            entry.workload,
            ", ".join(_figures(entry)),
            entry.part,
            entry.boundary,
            entry.evidence,
            entry.source,
        )
        for entry in profile.measurement
    ]
    return _words("measured", "workload", "figure", "part", "boundary", "evidence", "source", rows=rows)


def _figures(entry: Measurement) -> Iterator[str]:
    from neuroff.energy import format_si

    per = "" if entry.per is None else f" per {entry.per.replace('_', ' ')}"
    if entry.value_J is not None:
        yield format_si(entry.value_J, "J", digits=4, trim=True) + per
    if entry.power_W is not None:
        yield format_si(entry.power_W, "W", digits=4, trim=True)
    if entry.time_s is not None:
        yield format_si(entry.time_s, "s", digits=4, trim=True) + per
    if entry.rate_Hz is not None:
        yield format_si(entry.rate_Hz, "Hz", digits=4, trim=True)


def _source_table(profile: Profile) -> Grid:
    rows = []
    for source in profile.source:
        citation = source.citation + (f" doi:{source.doi}" if source.doi else "")
        rows.append((source.key, citation, source.locator, source.checked))
    return _words("source", "citation", "where in it", "checked", rows=rows)


def _words(*header: str, rows: Sequence[tuple[str, ...]]) -> Grid:
    return Grid("", header, tuple(rows), words=len(header))
