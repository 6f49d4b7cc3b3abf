"""The tables of an energy report, as grids for the terminal, Markdown and the page alike."""

from __future__ import annotations

from collections.abc import Sequence

from neuroff.energy.pricing.account import Account
from neuroff.energy.pricing.beside import Twin
from neuroff.energy.pricing.deployment import Placed
from neuroff.energy.pricing.estimate import EnergyEstimate
from neuroff.energy.pricing.ranking import Ranking, prices_work
from neuroff.energy.pricing.what_if import CHANGES
from neuroff.energy.units import format_si
from neuroff.report.energy import cells
from neuroff.report.energy.report import EnergyReport
from neuroff.report.grid import Grid
from neuroff.report.printed import DOES_NOT_FIT, MISSING, amount, significant


def shortfall_lines(accounts: Sequence[Account]) -> list[str]:
    """Return one line for each device that the network does not fit, or on which it misses a deadline."""
    lines = []
    for entry in accounts:
        walls = [str(short) for short in entry.network.placement.shortfalls if short.kind == "wall"]
        if walls:
            lines.append(f"{entry.profile.id} does not fit: {'; '.join(walls)}")
        lines += missed_lines([entry])
    return lines


def missed_lines(accounts: Sequence[Account]) -> list[str]:
    """Return one line for each device on which the network misses a deadline."""
    lines = []
    for entry in accounts:
        if entry.network.missed:
            missed = "; ".join(
                f"{short.what} needs {format_si(short.needs, 's')}, has {format_si(short.has, 's')}"
                if short.what.endswith("_s")
                else str(short)
                for short in entry.network.missed
            )
            lines.append(f"{entry.profile.id} misses its budget: {missed}")
    return lines


def unpriced_grid(accounts: Sequence[Account]) -> Grid:
    """Return what each device has no price for; devices with the same list share a row."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for entry in accounts:
        priced = entry.network.estimate
        if priced is not None and priced.unpriced:
            groups.setdefault(tuple(item.count for item in priced.unpriced), []).append(entry.profile.id)
    return Grid(
        "Counted, but without a price (not in the energy above)",
        ("profile", "counts"),
        tuple((", ".join(names), ", ".join(counts)) for counts, names in groups.items()),
        words=2,
    )


def twin_grid(report: EnergyReport) -> Grid:
    """Return the network beside the dense network of the same widths, and both ways to sweep the labels."""
    spiking = report.path == "spiking"
    rows = []
    for entry in report.accounts:
        for twin in entry.twins:
            rows.append(
                (
                    entry.profile.id,
                    twin.dtype,
                    cells.prediction(entry),
                    _twin_energy(twin),
                    significant(twin.ratio),
                    *((_break_even(twin),) if spiking else ()),
                )
            )
    notes = ["Memory is counted for both where the profile prices it; ratio: the network over its twin."]
    if spiking:
        each = significant(report.counted.spikes_per_synapse)
        notes.append(
            f"This network has {each} spikes per synapse and presentation; below the break-even it would "
            "cost less than the twin. Where a product, event or neuron update has no price there is no ratio."
        )
    others = [entry.profile.id for entry in report.accounts if not entry.twins]
    if others:
        formats = "int8 or float32" if spiking else "int8"
        notes.append(f"No price for products of a dense network, {formats}: {', '.join(others)}.")
    return Grid(
        "The dense network of the same widths on the same device",
        (
            "profile", "twin", f"{report.path}\nnetwork", "dense\ntwin", "ratio",
            *(("break-even\nspikes/synapse",) if spiking else ()),
        ),
        tuple(rows),
        tuple(notes),
        words=2,
    )  # fmt: skip


def sweep_grid(report: EnergyReport) -> Grid:
    """Return the ways to sweep the labels beside each other; no rows where there is no sweep."""
    rows = []
    for entry in report.accounts if report.sweeps else ():
        exported = entry.network.estimate if entry.priced_as == "exported" else None
        ways = (entry.simulated.estimate, entry.naive.estimate, exported)
        if not any(priced is not None and prices_work(priced) for priced in ways):
            continue
        rows.append((entry.profile.id, *map(_way, ways)))
    return Grid(
        f"The sweep over {report.counted.classes} labels",
        ("profile", "in this simulator,\nshared first layer", "naive\npasses", "as\nexported"),
        tuple(rows),
        (
            "In this simulator the image meets the first layer once, and each label adds its column: no chip "
            "does that. Naive: one pass each, with the input of training. As exported: the integers that "
            "`neuroff export` writes, with the input that a chip has, one pass each.",
        ),
    )


def what_if_grid(report: EnergyReport) -> Grid:
    """Return the energy of a prediction with one thing changed, on devices that price it."""
    rows = []
    for entry in report.accounts:
        changed = report.what_if.get(entry.profile.id, ())
        if entry.energy_J is None:
            continue
        by_words = {each.change: each.placed for each in changed}
        rows.append(
            (entry.profile.id, cells.prediction(entry), *(_changed(by_words.get(key)) for key in CHANGES))
        )
    return Grid(
        "What if",
        ("profile", "as it is", *(words.replace(" ", "\n", 1) for words in CHANGES)),
        tuple(rows) if report.what_if else (),
        (
            "One change at a time, all else as it is; whether the network still answers right is not asked. "
            "Standing power goes on for as long as a prediction takes.",
        ),
    )


def basis_lines(report: EnergyReport) -> list[str]:
    """Return what of a report is counted, what modelled, and what missing."""
    samples = f"counted while neuroff ran it on {report.images:,} {report.sample}s"
    known = samples if report.images else "expected at the firing rates that were given"
    if report.is_exported:
        known += " and, for chips, while its emulator ran the exported integers on the same"
    measured = "" if report.measured is not None else " Nothing was measured on a device."
    return [
        f"Counted: spikes, synaptic operations and updates of neurons, {known}.{measured}",
        "Modelled: which core holds which neurons, packets and hops, memory traffic by level, latency; "
        "energy is counts times published coefficients.",
        "Missing: what a profile has no price for (listed), the host, loading the program, making spikes "
        "of the input, and reading the answer out.",
    ]


def counts_grid(report: EnergyReport) -> Grid:
    """Return the counts of a prediction: as neuroff runs it, naive, and as it is exported."""
    shared, naive = report.counted.counts, report.counted.naive.counts()
    swept = report.sweeps
    counts = [shared, naive] if swept else [shared]
    heads = [f"per {report.sample}", "naive\npasses"] if swept else [f"per {report.sample}"]
    if report.is_exported and report.counted.exported is not None:
        exported = report.counted.exported(report.counted.weight_bit or report.counted.usual_bit)
        counts.append(exported.work.counts())
        heads = ["in this\nsimulator", *heads[1:], f"as exported,\n{exported.weight_bit} bits"]
    names = dict.fromkeys(name for each in counts for name in each)
    return Grid(
        f"Work of one prediction, mean of {report.images} "
        f"{report.sample if report.graph is not None else 'test image'}s"
        if report.images
        else "Work of one prediction, expected",
        ("count", *heads),
        tuple((name, *(amount(each[name]) for each in counts)) for name in names),
    )


def terms_grid(entry: Account) -> Grid:
    """Return the energy of one prediction on one device, term by term."""
    priced = entry.network.estimate
    terms = {} if priced is None else priced.terms_J
    missing = () if priced is None else priced.unpriced
    rows = [
        (term, format_si(band.nominal, "J"), cells.span(band))
        for term, band in terms.items()
        if band.high > 0
    ]
    rows += [(f"{item.count} × {amount(item.amount)}", "unpriced", item.reason) for item in missing]
    return Grid(
        f"{entry.profile.meta.name} ({entry.profile.id}): {cells.prediction(entry)} per prediction, "
        f"boundary: {entry.profile.meta.boundary}",
        ("term", "energy of a prediction", "low – high"),
        tuple(rows),
        (() if priced is None else priced.notes) + (f"profile sha256 {entry.profile.sha256()}",),
    )


def digests_grid(accounts: Sequence[Account]) -> Grid:
    """Return boundary and digest of every profile."""
    rows = ((entry.profile.id, entry.profile.meta.boundary, entry.profile.sha256()) for entry in accounts)
    return Grid("Profiles", ("profile", "boundary", "sha256"), tuple(rows), words=3)


def ranking_lines(rankings: Sequence[Ranking]) -> list[str]:
    """Return one sentence per group of comparable devices."""
    lines = []
    for ranking in rankings:
        words = ranking.profiles[0]
        for decided, name in zip(ranking.decided, ranking.profiles[1:], strict=True):
            words += f" {'<' if decided else '~'} {name}"
        lines.append(f"Comparable ({ranking.boundary}; {ranking.scope}): {words}.")
    if any(not all(ranking.decided) for ranking in rankings):
        lines.append("~: no order is claimed; the bands overlap, or the lower figure leaves out more.")
    return lines


def measured_lines(report: EnergyReport) -> list[str]:
    """Return what was measured on this machine, or why nothing was."""
    if report.no_meter is not None:
        return [f"Not measured: {report.no_meter}"]
    found = report.measured
    if found is None:
        return []
    return [
        f"Measured on this machine ({found.meter}, {found.boundary}; {found.device}): "
        f"{format_si(found.energy_J, 'J')} per image in {format_si(found.seconds, 's')}, of which "
        f"{format_si(found.above_idle_J, 'J')} above idling at {format_si(found.idle_W, 'W')}; "
        f"mean of {found.samples} predictions in chunks.",
    ]


def _twin_energy(twin: Twin) -> str:
    priced = twin.deployment.estimate
    if priced is None:
        return DOES_NOT_FIT
    return cells.joules(priced.total_J, lower_bound=priced.is_lower_bound)


def _changed(placed: Placed | None) -> str:
    if placed is None:
        return MISSING
    if placed.estimate is None:
        return DOES_NOT_FIT
    return cells.joules(placed.estimate.total_J, lower_bound=placed.estimate.is_lower_bound)


def _way(priced: EnergyEstimate | None) -> str:
    if priced is None or not prices_work(priced):
        return MISSING
    return cells.joules(priced.total_J, lower_bound=priced.is_lower_bound)


def _break_even(twin: Twin) -> str:
    if twin.ratio is None:
        return MISSING
    if twin.break_even is None:
        return "always cheaper"
    return significant(twin.break_even) if twin.break_even else "none"
