"""`neuroff profiles`: list, show and check hardware profiles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neuroff.cli.options import Json
from neuroff.energy import Coefficient, Profile, coefficients, format_si, list_profiles, load_profile
from neuroff.energy import weakest_evidence as weakest_evidence_of
from neuroff.energy.problems import InvalidProfileError
from neuroff.errors import ProfileError

_PLAIN_WIDTH = 160
"""Columns of a table that is not printed on a terminal, so that nothing is folded in a file."""

app = typer.Typer(
    help="Hardware profiles: what one event costs on a device, and where the figure comes from.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command("list", epilog="Example: `neuroff profiles list --json`")
def list_command(as_json: Json = False) -> None:
    """List the shipped profiles. The evidence grade is the weakest among a profile's coefficients."""
    rows = [_summary(load_profile(name)) for name in list_profiles()]
    if as_json:
        _print_json(rows)
        return
    table = Table("id", "name", "kind", "boundary", "node", "coefficients", "weakest evidence")
    for row in rows:
        node = "-" if row["node_nm"] is None else f"{row['node_nm']:g} nm"
        count = str(row["coefficients"])
        grade = row["weakest_evidence"] or "-"
        table.add_row(row["id"], row["name"], row["kind"], row["boundary"], node, count, grade)
    _console().print(table)


@app.command("show", epilog="Example: `neuroff profiles show loihi1-davies2018`")
def show_command(
    profile: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped profile, or a TOML file.")],
    as_json: Json = False,
) -> None:
    """Show every coefficient of a profile with its band, evidence and source."""
    loaded = load_profile(profile)
    if as_json:
        content = loaded.model_dump(mode="json", by_alias=True, exclude_none=True)
        _print_json({**_summary(loaded), "profile": content})
        return
    console = _console()
    console.print(Text(f"{loaded.meta.name} ({loaded.id})", style="bold"))
    console.print(Text(_facts(loaded)))
    if loaded.meta.note:
        console.print(Text(loaded.meta.note))
    console.print(_coefficient_table(loaded))
    console.print(_source_table(loaded))
    for coefficient in coefficients(loaded):
        if coefficient.note:
            console.print(Text(f"{coefficient.term}: {coefficient.note}"))
    console.print(Text(f"sha256 {loaded.sha256()}", style="dim"))


@app.command("check", epilog="Example: `neuroff profiles check my-chip.toml`")
def check_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Profile files to check.")],
    as_json: Json = False,
) -> None:
    """Check profile files and tell every problem at once. Exit code 2 when a file is not valid."""
    checked = [(file, _failure(file)) for file in files]
    if as_json:
        _print_json([_report(file, error) for file, error in checked])
    else:
        for file, error in checked:
            if error is None:
                typer.echo(f"{file}: ok")
    errors = [error for _, error in checked if error is not None]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        told = "\n".join(str(error).removesuffix(".") for error in errors)
        raise ProfileError(f"{len(errors)} of {len(checked)} files are not valid\n{told}")


def _failure(file: Path) -> InvalidProfileError | None:
    try:
        load_profile(file)
    except InvalidProfileError as error:
        return error
    return None


def _report(file: Path, error: InvalidProfileError | None) -> dict[str, Any]:
    problems = [] if error is None else [problem.to_dict() for problem in error.problems]
    return {"file": str(file), "ok": error is None, "problems": problems}


def _summary(profile: Profile) -> dict[str, Any]:
    meta = profile.meta
    return {
        "id": profile.id,
        "name": meta.name,
        "kind": meta.kind,
        "boundary": meta.boundary,
        "time_model": meta.time_model,
        "node_nm": meta.node_nm,
        "vdd_V": meta.vdd_V,
        "weakest_evidence": weakest_evidence_of(profile),
        "coefficients": sum(coefficient.band_J is not None for coefficient in coefficients(profile)),
        "revision": meta.revision,
        "sha256": profile.sha256(),
    }


def _facts(profile: Profile) -> str:
    meta = profile.meta
    node = "node not stated" if meta.node_nm is None else f"{meta.node_nm:g} nm"
    voltage = "voltage not stated" if meta.vdd_V is None else format_si(meta.vdd_V, "V")
    return f"{meta.kind}, {meta.time_model}, {node}, {voltage}, boundary: {meta.boundary}"


def _coefficient_table(profile: Profile) -> Table:
    table = Table("term", "per", "energy", "band", "scope", "evidence", "source")
    for entry in coefficients(profile):
        energy, band = _energy(entry), _band(entry)
        grade = "-" if entry.evidence is None else entry.evidence + (" (derived)" if entry.derived else "")
        table.add_row(
            *map(Text, (entry.term, entry.per, energy, band, entry.scope, grade, entry.source or "-"))
        )
    return table


def _energy(entry: Coefficient) -> str:
    if entry.band_J is None:
        return "unpriced" if entry.included_in == "unknown" else f"in {entry.included_in}"
    return format_si(entry.band_J.nominal, _unit(entry), digits=4, trim=True)


def _band(entry: Coefficient) -> str:
    if entry.band_J is None or entry.band_J.low == entry.band_J.high:
        return "-"
    ends = (entry.band_J.low, entry.band_J.high)
    low, high = (format_si(end, _unit(entry), digits=4, trim=True) for end in ends)
    return f"{low} - {high}"


def _unit(entry: Coefficient) -> str:
    return "W" if entry.term.startswith("static.") else "J"


def _source_table(profile: Profile) -> Table:
    table = Table("source", "citation", "where in it", "checked")
    for source in profile.source:
        citation = source.citation + (f" doi:{source.doi}" if source.doi else "")
        table.add_row(*map(Text, (source.key, citation, source.locator, source.checked)))
    return table


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, allow_nan=False))
