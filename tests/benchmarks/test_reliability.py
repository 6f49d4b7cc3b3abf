"""The page's tables are those of the results, and the results say what the page promises."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.fuzz_readers import READERS
from benchmarks.reliability import HERE, PAGE, RESULTS, TABLES, filled


def test_the_tables_are_those_of_the_results() -> None:
    """`python -m benchmarks.reliability` writes them."""
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page
    with pytest.raises(ValueError, match="no table kills"):
        filled(page.replace("table: kills", "table: skills"))


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"fuzz"}))  # the page says what became of those
def test_no_fault_is_kept(name: str) -> None:
    found = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    assert found["versions"]["neuroff"]
    assert not found.get("faults")
    assert not found.get("not_refused")


def test_the_tests_that_the_page_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 40
    for file, test in named:
        source = (HERE / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in source, (file, test)


def test_every_reader_was_fuzzed() -> None:
    found = json.loads((RESULTS / "fuzz.json").read_text(encoding="utf-8"))
    assert set(found["readers"]) == set(READERS)
    for each in found["readers"].values():
        assert each["inputs"] == each["read"] + each["refused"] + sum(each.get("kinds", {}).values())
    assert found["faults"] <= 6, "say in the page what became of the others"
