"""The tables of a comparison as files: LaTeX as they are read, CSV with means, deviations and ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from neuroff.report.comparison_grids import classes_grid, energies_grid, recall, results_grid
from neuroff.report.energy_section import profile_ids
from neuroff.report.formats import Cell, Sheet
from neuroff.report.summary import Group, Statistic, grouped, measures_of
from neuroff.results.comparison import ComparisonResult


def comparison_sheets(shown: ComparisonResult) -> tuple[Sheet, ...]:
    """Return the tables that a comparison has data for: ``results``, ``energy``, ``classes``."""
    groups = grouped(shown.runs)
    energies = energies_grid(shown)
    found = [Sheet("results", results_grid(shown), [_record(group, groups) for group in groups])]
    if profile_ids(shown):
        records = [record for group in groups for record in _energies(group, shown)]
        found.append(Sheet("energy", energies if energies.rows else results_grid(shown), records))
    by_class = classes_grid(shown)
    if by_class.rows:
        kept = [group for group in groups if all(run.confusion for run in group.runs)]
        found.append(Sheet("classes", by_class, list(_classes(kept, shown))))
    return tuple(found)


def spread(name: str, value: Statistic | None) -> dict[str, Cell]:
    """Return mean, sample standard deviation over seeds, and their number, as columns."""
    mean, deviation = (None, None) if value is None else (value.mean, value.deviation)
    return {f"{name}_mean": mean, f"{name}_sd": deviation}


def _record(group: Group, groups: tuple[Group, ...]) -> Mapping[str, Cell]:
    record: dict[str, Cell] = {"path": group.path, "variant": group.variant, "seeds": len(group.runs)}
    record |= spread("test_accuracy", group.test_accuracy)
    for name in ("train_accuracy", "goodness_margin", "presentations", "synaptic_operations", "seconds"):
        column = "training_s" if name == "seconds" else name
        record |= spread(column, group.statistic(lambda run, name=name: getattr(run, name)))  # type: ignore[misc]
    for layer, rate in enumerate(group.firing_rates, start=1):
        record |= spread(f"firing_rate_layer{layer}", rate)
    for name in measures_of(groups):
        record |= spread(name, group.measure(name))
    return record


def _energies(group: Group, shown: ComparisonResult) -> Iterator[Mapping[str, Cell]]:
    for profile in profile_ids(shown):
        energy = group.energy(profile)
        if energy is not None:
            known = energy.fits and energy.is_priced
            yield {
                "path": group.path,
                "variant": group.variant,
                "profile": profile,
                "seeds": len(group.runs),
                **spread("energy_J", energy.nominal_J if known else None),
                "energy_J_low": energy.low_J if known else None,
                "energy_J_high": energy.high_J if known else None,
                "is_lower_bound": energy.is_lower_bound,
                "is_priced": energy.is_priced,
                "fits": energy.fits,
            }


def _classes(groups: list[Group], shown: ComparisonResult) -> Iterator[Mapping[str, Cell]]:
    for place, name in enumerate(shown.classes):
        for group in groups:
            yield {
                "class": name,
                "path": group.path,
                "variant": group.variant,
                "test_images": sum(group.runs[0].confusion[place]),
                **spread("recall", recall(group, place)),
            }
