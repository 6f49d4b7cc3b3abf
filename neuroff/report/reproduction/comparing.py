"""Which column is better than which: the tests that the tables print and the figures draw.

Every column is compared with FF, and A-CFF with F-CFF as well. All t-tests of all data sets are one family
for Holm's correction, and so are all of McNemar's tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from neuroff.experiments.statistics import McNemarTest, PairedTest, holm, mcnemar_test, paired_test
from neuroff.report.reproduction.columns import title_of
from neuroff.report.reproduction.model import Reproduction
from neuroff.report.reproduction.paper import PaperNumbers, published_gain
from neuroff.results.reproduction import Column

LEVEL = 0.01
"""Significance level that the tables count by."""


@dataclass(frozen=True)
class ImageTest:
    """McNemar's test of one seed; ``only_a`` are images that only the base gets right.

    Attributes:
        seed: of both networks.
        test: the test.
        p_holm: its p-value, corrected for all tests of its kind.
    """

    seed: int
    test: McNemarTest
    p_holm: float


@dataclass(frozen=True)
class Gain:
    """A column against a base, over the seeds that both have.

    Attributes:
        dataset: where.
        base: column that is compared with.
        column: column that is judged.
        differences: test accuracy of the column minus the base's, by seed.
        test: the paired t-test.
        p_holm: its p-value, corrected for all tests of its kind; ``None`` where there is no test.
        image_tests: of the seeds whose networks saw the same test images.
        published: the paper's difference; ``None`` where it has none.
    """

    dataset: str
    base: str
    column: str
    differences: tuple[float, ...]
    test: PairedTest
    p_holm: float | None
    image_tests: tuple[ImageTest, ...]
    published: float | None

    @property
    def title(self) -> str:
        """The comparison in print."""
        return f"{title_of(self.column)} − {title_of(self.base)}"

    @property
    def better_images(self) -> int:
        """How many seeds are better image by image, at `LEVEL` after correction."""
        return sum(
            entry.p_holm < LEVEL and entry.test.only_b > entry.test.only_a for entry in self.image_tests
        )

    @property
    def worse_images(self) -> int:
        """How many seeds are worse image by image, at `LEVEL` after correction."""
        return sum(
            entry.p_holm < LEVEL and entry.test.only_b < entry.test.only_a for entry in self.image_tests
        )


def gains(results: Reproduction, paper: PaperNumbers) -> tuple[Gain, ...]:
    """Return every comparison that the results have seeds for, data set by data set, the paper's beside."""
    found = tuple(_raw_gains(results, paper))
    by_seeds = holm({str(i): gain.test.p for i, gain in enumerate(found) if gain.test.p is not None})
    by_images = holm(
        {f"{i} {entry.seed}": entry.test.p for i, gain in enumerate(found) for entry in gain.image_tests}
    )
    return tuple(
        replace(
            gain,
            p_holm=by_seeds.get(str(i)),
            image_tests=tuple(
                replace(entry, p_holm=by_images[f"{i} {entry.seed}"]) for entry in gain.image_tests
            ),
        )
        for i, gain in enumerate(found)
    )


def _raw_gains(results: Reproduction, paper: PaperNumbers) -> Iterator[Gain]:
    for dataset, columns in results.items():
        pairs = [("ff", column) for column in columns if column != "ff"] + [("fcff", "acff")]
        for base, column in pairs:
            if base in columns and column in columns:
                gain = _gain(dataset, base, column, columns[base], columns[column])
                if gain:
                    yield replace(gain, published=published_gain(paper, dataset, base, column))


def _gain(dataset: str, base: str, column: str, before: Column, after: Column) -> Gain | None:
    seeds = sorted(set(before.seeds) & set(after.seeds))
    if not seeds:
        return None
    a, b = ([one.test_by_seed[seed] for seed in seeds] for one in (before, after))
    differences = tuple(y - x for x, y in zip(a, b, strict=True))
    return Gain(
        dataset, base, column, differences, paired_test(a, b), None, _image_tests(seeds, before, after), None
    )


def _image_tests(seeds: list[int], before: Column, after: Column) -> tuple[ImageTest, ...]:
    first, second = ({run.seed: run for run in one.runs} for one in (before, after))
    found = []
    for seed in seeds:
        a, b = first.get(seed), second.get(seed)
        if a and b and a.same_images(b):
            test = mcnemar_test(a.right_images(), b.right_images())
            found.append(ImageTest(seed, test, test.p))
    return tuple(found)
