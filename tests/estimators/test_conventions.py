"""scikit-learn's own checks of an estimator, none of them expected to fail."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from neuroff import FFClassifier, SpikingFFClassifier

# As few epochs as the checks' own bars of accuracy allow.
CASES = [
    (kind, number)
    for kind in (FFClassifier, SpikingFFClassifier)
    for number in range(len(list(estimator_checks_generator(kind()))))
]


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_sklearns_check(kind: type[Any], number: int) -> None:
    estimator, check = list(estimator_checks_generator(kind(widths=(60, 60), max_iter=60)))[number]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke them
        try:
            check(estimator)
        except Exception as error:
            if type(error).__name__ != "SkipTest":
                raise
            pytest.skip(str(error))
