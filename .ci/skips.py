"""Tests that were skipped, as pytest takes them: which are to be run again in the next environment?

python .ci/skips.py RESULT.xml          # prints them, one a line
python .ci/skips.py RESULT.xml --last   # fails if one is left that some environment should have run
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

NOWHERE = (
    "needs a GPU",
    "no Chromium on this machine",
    "NEUROFF_DATA",  # the published files of data sets
    "MNIST is not here",
    "SCIPY_ARRAY_API is not set",  # scikit-learn's own check of another array library
    "HDF5 names groups so that it cannot stand in a file",  # one case of many
)
"""Reasons for which a test may be skipped in every environment."""


def skipped(result: str) -> Iterator[tuple[str, str]]:
    """Yield node id and reason of every test that a result in JUnit's form says was skipped."""
    for case in ElementTree.parse(result).iter("testcase"):
        found = case.find("skipped")
        if found is None:
            continue
        module, name = case.get("classname", ""), case.get("name", "")
        reason = f"{found.get('message')} {found.text}"
        yield (f"{_path(module)}::{name}" if module else _path(name)), reason


def _path(module: str) -> str:
    return module.replace(".", "/") + ".py"


def main() -> int:
    """Run from the command line; return the exit code."""
    result, *options = sys.argv[1:]
    found = dict(skipped(result))
    if "--last" not in options:
        for test in found:
            print(test)
        return 0
    left = {test: why for test, why in found.items() if not any(reason in why for reason in NOWHERE)}
    for test, why in left.items():
        print(f"skipped in every environment: {test}: {why.strip()[:200]}")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
