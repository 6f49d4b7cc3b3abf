"""Is one column better than another? Paired tests over seeds and over images; scipy does the arithmetic.

Seeds are paired because equal seeds share their initial weights, their wrong labels and, with trained
partners, their whole first layer. Image-wise, McNemar's exact test asks of the images on which two networks
differ whether either is right more often.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from neuroff.checks import require_numbers
from neuroff.errors import ShapeError


@dataclass(frozen=True)
class PairedTest:
    """A paired t-test of ``b − a`` over seeds.

    Attributes:
        difference: mean of b − a.
        low: lower end of the 95 % confidence interval; ``None`` for a single pair.
        high: upper end.
        t: Student's t; ``None`` where it does not exist (one pair, or differences all alike).
        p: two-sided; ``None`` likewise.
        cohens_d: mean over standard deviation of the differences (Cohen's d for pairs); ``None`` likewise.
        pairs: number of seeds.
    """

    difference: float
    low: float | None
    high: float | None
    t: float | None
    p: float | None
    cohens_d: float | None
    pairs: int


def paired_test(a: Sequence[float], b: Sequence[float]) -> PairedTest:
    """Compare two columns seed by seed.

    Args:
        a: a value per seed.
        b: likewise, the same seeds in the same order.

    Raises:
        ShapeError: if there are no seeds, or not the same number.
    """
    for name, values in (("a", a), ("b", b)):
        require_numbers(name, values, where="paired_test", some=False)
    if len(a) != len(b) or not a:
        raise ShapeError(
            f"{len(a)} and {len(b)} values to pair",
            where="paired_test",
            expected="one value per seed in each",
        )
    difference = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    mean, pairs = float(difference.mean()), len(difference)
    if pairs < 2:
        return PairedTest(mean, None, None, None, None, None, pairs)
    deviation = float(difference.std(ddof=1))
    if deviation <= 1e-12 * max(1.0, abs(mean)):
        return PairedTest(mean, mean, mean, None, None, None, pairs)
    error = deviation / math.sqrt(pairs)
    reach = float(stats.t.ppf(0.975, pairs - 1)) * error
    t = mean / error
    p = 2 * float(stats.t.sf(abs(t), pairs - 1))
    return PairedTest(mean, mean - reach, mean + reach, t, p, mean / deviation, pairs)


@dataclass(frozen=True)
class McNemarTest:
    """McNemar's exact test over test images.

    Attributes:
        only_a: images that only the first network gets right.
        only_b: images that only the second gets right.
        p: two-sided.
    """

    only_a: int
    only_b: int
    p: float


def mcnemar_test(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> McNemarTest:
    """Compare two networks image by image.

    Args:
        a: ``(images,)``, whether the first network is right.
        b: likewise for the second, the same images.

    Raises:
        ShapeError: if there are not as many of one as of the other.
    """
    if a.shape != b.shape:
        raise ShapeError(
            f"{a.shape} and {b.shape} answers to pair", where="mcnemar_test", expected="the same images"
        )
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    discordant = only_a + only_b
    p = float(stats.binomtest(only_b, discordant, 0.5).pvalue) if discordant else 1.0
    return McNemarTest(only_a, only_b, p)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return Holm's step-down adjustment of a family of p-values (Holm, Scand. J. Statist. 6, 1979)."""
    adjusted: dict[str, float] = {}
    largest = 0.0
    ordered = sorted(p_values.items(), key=lambda entry: entry[1])
    for rank, (name, p) in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - rank) * p))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


@dataclass(frozen=True)
class Spread:
    """A column over its seeds.

    Attributes:
        mean: over the seeds.
        deviation: sample standard deviation; ``None`` for one seed.
        low: lower end of the mean's 95 % confidence interval; ``None`` for one seed.
        high: upper end.
    """

    mean: float
    deviation: float | None
    low: float | None
    high: float | None


def spread(values: Sequence[float]) -> Spread:
    """Return mean, deviation and confidence interval of one value per seed.

    Raises:
        ShapeError: if there are none.
    """
    require_numbers("values", values, where="spread", some=False)
    if not values:
        raise ShapeError("no values", where="spread", expected="at least one seed")
    numbers = np.asarray(values, dtype=np.float64)
    mean = float(numbers.mean())
    if len(numbers) < 2:
        return Spread(mean, None, None, None)
    deviation = float(numbers.std(ddof=1))
    reach = float(stats.t.ppf(0.975, len(numbers) - 1)) * deviation / math.sqrt(len(numbers))
    return Spread(mean, deviation, mean - reach, mean + reach)
