"""Compare the claims of pages with the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.numbers.claims import Claim
from benchmarks.numbers.scanning import stated


@dataclass(frozen=True)
class Page:
    """What became of a page.

    Attributes:
        name: its path.
        stated: numbers that state something, as `scanning.stated` finds them.
        agreeing: claims that stand in it as the files have them.
        wrong: a line for each claim that does not, with what stands there instead.
        unclaimed: a line for each number that no claim has, with the words around it.
    """

    name: str
    stated: int
    agreeing: tuple[Claim, ...]
    wrong: tuple[str, ...]
    unclaimed: tuple[str, ...]


def check(name: str, text: str, claims: Sequence[Claim]) -> Page:
    """Compare a page with its claims."""
    taken: list[tuple[int, int]] = []
    agreeing, wrong = [], []
    for claim in claims:
        spans = _spans(claim, text)
        if spans:
            agreeing.append(claim)
            taken += spans
        else:
            instead = claim.pattern(exact=False).search(text) if claim.values else None
            stands = (
                f"the page has {' '.join(instead[0].split())!r}"
                if instead
                else "the words are not in the page"
            )
            wrong.append(f"{claim.words!r} ({claim.source}): {stands}")
    places = stated(text)
    open_ = [
        " ".join(f"{text[max(0, start - 40) : start]}»{text[start:end]}«{text[end : end + 25]}".split())
        for start, end in places
        if not any(first <= start and end <= last for first, last in taken)
    ]
    return Page(name, len(places), tuple(agreeing), tuple(wrong), tuple(open_))


def _spans(claim: Claim, text: str) -> list[tuple[int, int]]:
    """Return where the claim's values stand in the page, of every place that has its words."""
    return [
        found.span(group)
        for found in claim.pattern(exact=True).finditer(text)
        for group in (range(1, len(claim.values) + 1) if claim.values else (0,))
    ]
