"""One self-contained page for a comparison: words, table, figures, energy by term, provenance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from neuroff.errors import RunError
from neuroff.report import cells
from neuroff.report.captions import caption_of
from neuroff.report.comparison_grids import classes_grid, energies_grid, results_grid
from neuroff.report.energy_section import profile_ids, profile_section
from neuroff.report.page import render_page
from neuroff.report.summary import Group, grouped, variant_label, variants_of
from neuroff.report.svg import inline_svg
from neuroff.results.comparison import ComparedRun, ComparisonResult

_NUMBERS: Final = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
}  # fmt: skip


def render_comparison(
    comparison: Mapping[str, Any] | ComparisonResult, figures: Iterable[Path] | Mapping[str, str] = ()
) -> str:
    """Return a comparison as one HTML page that fetches nothing; see `render_page` for what it runs.

    Args:
        comparison: what `neuroff.experiments.compare.compare` returns.
        figures: files that `neuroff.report.save.write_figures` returned, of which the SVG ones are shown; or
            figure names and SVG texts.

    Raises:
        RunError: if the comparison is not valid, or a figure cannot be read or is not one of neuroff's.
    """
    shown = ComparisonResult.of(comparison, "comparison")
    groups = grouped(shown.runs)
    drawings = figures if isinstance(figures, Mapping) else _read(figures)
    profiles = profile_ids(shown)
    return render_page(
        "comparison.html.j2",
        comparison=shown,
        words=_words(shown, groups),
        results=results_grid(shown),
        energies=energies_grid(shown),
        by_class=classes_grid(shown),
        figures=list(_figures(drawings)),
        sections=[profile_section(shown, groups, name) for name in profiles],
        group_labels=[group.label for group in groups],
        configs=[
            (f"{run.path} {variant_label(run.variant)}, seed {run.seed}", _json(run.config))
            for run in shown.runs
            if run.config
        ],
    )


def _read(paths: Iterable[Path]) -> dict[str, str]:
    try:
        return {path.stem: path.read_text(encoding="utf-8") for path in paths if path.suffix == ".svg"}
    except (OSError, ValueError) as error:
        raise RunError(f"cannot read a figure ({error})", fix="draw the figures again") from None


def _figures(drawings: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    explained = set()
    for name, text in drawings.items():
        kind, _, rest = name.partition("-")
        caption = caption_of(kind)
        variant, _, seed = rest.rpartition("-")
        title = f"{caption.title}, {variant_label(variant)}, seed {seed}" if variant else caption.title
        if rest and not variant:
            title += f", {rest}"
        prefix = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
        drawing = inline_svg(text, f"f-{prefix}", title, caption.text)
        yield {"svg": drawing, "title": title, "text": "" if kind in explained else caption.text}
        explained.add(kind)


def _mirrors(run: ComparedRun) -> bool:
    return bool(run.config.get("asking", {}).get("mirrored"))


def _shows_labels(run: ComparedRun) -> bool:
    return run.presentations != 1 and not _mirrors(run)


def _words(shown: ComparisonResult, groups: tuple[Group, ...]) -> dict[str, Any]:
    best = max(groups, key=lambda group: group.test_accuracy.mean)
    seeds = {run.seed for run in shown.runs}
    known = [run.seconds or 0.0 for run in shown.runs]
    return {
        "paths": tuple(dict.fromkeys(group.path for group in groups)),
        "variants": variants_of(group.variant for group in groups),
        "asks_by_groups": not all(map(_shows_labels, shown.runs)),
        "asks_by_labels": any(map(_shows_labels, shown.runs)),
        "mirrors": any(map(_mirrors, shown.runs)),
        "kinds": _count(len(groups), "kind"),
        "networks": _count(len(shown.runs), "network"),
        "seeds": len(seeds),
        "has_analog_input": any(run.path == "spiking" and run.spike_input is False for run in shown.runs),
        "best_label": best.label,
        "best_accuracy": cells.percent(best.test_accuracy, digits=1),
        "seconds": _duration(sum(known)) if all(known) else None,
    }


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"one {noun}"
    return f"{_NUMBERS.get(number, number)} {noun}s"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return _count(round(seconds), "second") if round(seconds) != 1 else "a second"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)
