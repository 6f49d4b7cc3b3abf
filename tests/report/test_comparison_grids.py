from __future__ import annotations

import pytest

from neuroff.errors import RunError
from neuroff.report.comparison_grids import classes_grid, comparison_grids, energies_grid, results_grid
from neuroff.report.figures import figures_of
from neuroff.report.html import render_comparison
from neuroff.report.raster import raster_words
from neuroff.report.theme import themed
from neuroff.results import ComparisonResult
from tests.report.conftest import Make
from tests.report.test_html import HOSTILE, Page


def with_classes(make: Make, names: tuple[str, ...] = ("a cat", "a dog")) -> ComparisonResult:
    comparison = make(("dense", "spiking"), ("ff", "acff"), (0, 1))
    for run in comparison["runs"]:
        run["confusion"] = [[8, 2], [1 + run["seed"], 9 - run["seed"]]]
    comparison["classes"] = list(names)
    return ComparisonResult.of(comparison, "comparison")


def test_every_class_has_its_recall_over_the_seeds(make: Make) -> None:
    grid = classes_grid(with_classes(make))
    assert grid.header == ("class", "test images", "dense FF", "dense A-CFF", "spiking FF", "spiking A-CFF")
    assert grid.rows[0][:3] == ("a cat", "10", "80.00 ± 0.00")
    assert grid.rows[1][:3] == ("a dog", "10", "85.00 ± 7.07")  # 9 and 8 of 10


def test_comparisons_of_before_have_no_classes(make: Make) -> None:
    shown = ComparisonResult.of(make(), "comparison")
    assert classes_grid(shown).rows == ()
    assert [grid.title for grid in comparison_grids(shown)] == ["Results on digits"]
    with themed():
        assert not [name for name, _ in figures_of(shown) if name.startswith("confusion")]


def test_the_most_accurate_network_of_each_path_has_its_figure(make: Make) -> None:
    with themed():
        drawn = dict(figures_of(with_classes(make)))
    assert {name for name in drawn if name.startswith("confusion")} == {
        "confusion-dense",
        "confusion-spiking",
    }


def test_counts_that_do_not_fit_the_names_are_an_error(make: Make) -> None:
    with pytest.raises(RunError, match="a confusion that is not 3 by 3 classes"):
        with_classes(make, ("a", "b", "c"))


def test_many_devices_have_a_table_of_their_own_and_none_is_lost(make: Make) -> None:
    comparison = make(("dense",), ("ff",))
    (run,) = comparison["runs"]
    priced = run["energy"]["generic-horowitz45"]
    run["energy"] = {f"device-{number}": priced for number in range(12)}
    shown = ComparisonResult.of(comparison | {"profiles": {}}, "comparison")
    assert len(energies_grid(shown).rows) == 12
    assert not [head for head in results_grid(shown).header if head.startswith("energy")]
    few = ComparisonResult.of(make(("dense",), ("ff",)), "comparison")
    assert energies_grid(few).rows == ()
    assert len([head for head in results_grid(few).header if head.startswith("energy")]) == 2


def test_names_of_classes_stand_in_rasters_and_stay_words(make: Make) -> None:
    comparison = make(("spiking",), ("ff",))
    comparison["rasters"][0] |= {"true_name": "cat", "wrong_name": "a dog of a very long name"}
    words = raster_words(comparison["rasters"][0])
    assert "true label cat" in words
    assert "a dog of a…" in words
    page = Page(render_comparison(with_classes(make, (HOSTILE, "b"))))
    assert HOSTILE in page.text
    assert page.count("script") == 1
