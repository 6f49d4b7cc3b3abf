"""`neuroff profiles`: list, show, check and start hardware profiles, and export their schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from neuroff.cli.console import table_console
from neuroff.cli.options import Json
from neuroff.errors import ProfileError
from neuroff.report.grid import Grid, rich_table

if TYPE_CHECKING:
    from neuroff.energy import Profile
    from neuroff.energy.profile.problems import InvalidProfileError


_PLAIN_WIDTH = 160
"""Columns of a table that is not printed on a terminal, so that nothing is folded in a file."""

app = typer.Typer(
    help="Hardware profiles: what one event costs on a device, and where the figure comes from.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command("list", epilog="Example: `neuroff profiles list --json`")
def list_command(as_json: Json = False) -> None:
    """List the shipped profiles. The evidence grade is the weakest among a profile's coefficients.

    A profile without a grade prices nothing: it holds limits and measurements of whole devices.
    """
    from neuroff.energy import list_profiles, load_profile

    rows = [_summary(load_profile(name)) for name in list_profiles()]
    if as_json:
        _print_json(rows)
        return
    listed = []
    for row in rows:
        node = "-" if row["node_nm"] is None else f"{row['node_nm']:g} nm"
        count = str(row["coefficients"])
        grade = row["weakest_evidence"] or "-"
        measured = str(row["measurements"])
        listed.append((row["id"], row["name"], row["kind"], row["boundary"], node, count, measured, grade))
    header = ("id", "name", "kind", "boundary", "node", "prices", "measure-\nments", "weakest\nevidence")
    table_console(_PLAIN_WIDTH).print(rich_table(Grid("", header, tuple(listed), words=4)))


@app.command("show", epilog="Example: `neuroff profiles show loihi1-davies2018`")
def show_command(
    profile: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped profile, or a TOML file.")],
    as_json: Json = False,
) -> None:
    """Show every coefficient of a profile with its band, evidence and source, its limits and measurements."""
    from neuroff.cli.profile_tables import facts, notes, tables_of
    from neuroff.energy import load_profile
    from neuroff.energy.profile.catalogue import load_base
    from neuroff.energy.profile.inheritance import differences

    loaded, base = load_profile(profile), load_base(profile)
    replaced = () if base is None else differences(loaded, base)
    if as_json:
        content = loaded.model_dump(mode="json", by_alias=True, exclude_none=True)
        _print_json({**_summary(loaded), "differences": list(replaced), "profile": content})
        return
    console = table_console(_PLAIN_WIDTH)
    console.print(Text(f"{loaded.meta.name} ({loaded.id})", style="bold"))
    console.print(Text(facts(loaded)))
    if base is not None:
        console.print(
            Text(f"extends {base.id}, from which it differs in: {', '.join(replaced) or 'nothing'}")
        )
    if loaded.meta.note:
        console.print(Text(loaded.meta.note))
    for table in tables_of(loaded):
        console.print(rich_table(table), Text())
    for note in notes(loaded):
        console.print(Text(note))
    console.print(Text(f"sha256 {loaded.sha256()}", style="dim"))


@app.command("check", epilog="Example: `neuroff profiles check my-chip.toml`")
def check_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Profile files to check.")],
    as_json: Json = False,
) -> None:
    """Check profile files and tell every problem at once. Exit code 2 when a file is not valid.

    A figure a thousand times beyond all others of its kind is told too: most often a slip of the unit.
    """
    from neuroff.energy import load_profile
    from neuroff.energy.profile.plausibility import doubts

    checked = [(file, _failure(file)) for file in files]
    said = {file: doubts(load_profile(file)) for file, error in checked if error is None}
    if as_json:
        _print_json([_report(file, error, said.get(file, ())) for file, error in checked])
    else:
        for file, error in checked:
            if error is None:
                typer.echo(f"{file}: {'in doubt' if said[file] else 'ok'}")
                for doubt in said[file]:
                    typer.echo(f"  {doubt}.")
    errors = [error for _, error in checked if error is not None]
    if as_json and errors:  # the one object is printed
        for error in errors:
            typer.echo(f"neuroff: {error}", err=True)
        raise typer.Exit(2)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        told = "\n".join(str(error).removesuffix(".") for error in errors)
        raise ProfileError(f"{len(errors)} of {len(checked)} files are not valid\n{told}")


@app.command("new", epilog="Example: `neuroff profiles new my-chip.toml --extends loihi1-davies2018`")
def new_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write; its name is the profile's id.")
    ],
    extends: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Start from this profile and override single prices of it."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented profile to fill in. `neuroff profiles check` then tells what is still missing."""
    from neuroff.energy import load_profile
    from neuroff.energy.profile.template import template
    from neuroff.files import require_free, write_bytes

    name = file.name.removesuffix(".toml")
    text = template(name, extends=extends)
    path = file.with_name(f"{name}.toml")
    if path.is_dir() or file.is_dir():
        raise ProfileError("is a folder", where=str(file), expected="the name of a file to write")
    if extends is not None:
        beside = path.parent / f"{extends}.toml"
        load_profile(beside if beside.is_file() else extends)
    require_free(path, ProfileError, force=force)
    write_bytes(path, text.encode())
    if as_json:
        _print_json({"file": str(path), "extends": extends})
        return
    typer.echo(f"Wrote {path}. Fill it in, then run: neuroff profiles check {path}")


@app.command("schema", epilog="Example: `neuroff profiles schema > profile.schema.json`")
def schema_command(as_json: Json = False) -> None:
    """Print the JSON Schema of a profile, for editors that complete and check TOML."""
    from neuroff.energy.profile.json_schema import json_schema

    _print_json(json_schema())


def _failure(file: Path) -> InvalidProfileError | None:
    from neuroff.energy import load_profile
    from neuroff.energy.profile.problems import InvalidProfileError

    try:
        load_profile(file)
    except InvalidProfileError as error:
        return error
    return None


def _report(file: Path, error: InvalidProfileError | None, said: Sequence[str]) -> dict[str, Any]:
    problems = [] if error is None else [problem.to_dict() for problem in error.problems]
    return {"file": str(file), "ok": error is None, "problems": problems, "doubts": list(said)}


def _summary(profile: Profile) -> dict[str, Any]:
    from neuroff.energy import coefficients
    from neuroff.energy import weakest_evidence as weakest_evidence_of
    from neuroff.energy.profile.chip import weakest_check

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
        "weakest_check": weakest_check(profile.source),
        "scopes": sorted({entry.scope for entry in coefficients(profile) if entry.band_J is not None}),
        "coefficients": sum(coefficient.band_J is not None for coefficient in coefficients(profile)),
        "measurements": len(profile.measurement),
        "extends": profile.extends,
        "revision": meta.revision,
        "sha256": profile.sha256(),
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, allow_nan=False))
