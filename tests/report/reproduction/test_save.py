from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.axis import Axis
from matplotlib.transforms import Bbox

from neuroff.errors import RunError
from neuroff.report.reproduction.captions import CAPTIONS, caption_of
from neuroff.report.reproduction.figures import reproduction_figures
from neuroff.report.reproduction.model import parse_reproduction
from neuroff.report.reproduction.save import write_reproduction
from neuroff.report.theme import DARK, themed
from neuroff.results.readings import Readings
from tests.report.reproduction.conftest import Make, cost_of, readings_of, results_of

FEW: dict[str, Any] = {"columns": ("ff", "acff", "lorberbom_all"), "images": 200, "every": 250}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    directory = tmp_path_factory.mktemp("reproduction")
    return write_reproduction(results_of(("mnist",), **FEW), [readings_of()], cost_of(), directory)


def test_figures_are_written_as_svg_and_png_and_named_on_the_page(written: list[Path]) -> None:
    page, *drawings = written
    assert page.name == "reproduction.md"
    assert {path.name for path in page.parent.iterdir()} == {path.name for path in written}
    text = page.read_text(encoding="utf-8")
    for path in drawings:
        if path.suffix == ".svg":
            assert f"]({path.name})" in text
            ElementTree.fromstring(path.read_bytes())
            assert "prefers-color-scheme: dark" in path.read_text(encoding="utf-8")
        else:
            assert path.read_bytes().startswith(b"\x89PNG")
    assert text.count("### ") == len(drawings) // 2
    for words in ("Table I. Accuracy on MNIST", "Table III.", "McNemar", "What was run", "Cost of training"):
        assert words in text


def test_every_colour_has_a_dark_counterpart(written: list[Path]) -> None:
    for path in written:
        if path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            colours = set(re.findall(r"(?:fill|stroke)(?:: |=\")(#[0-9a-f]{6})", text))
            assert colours <= {*DARK, *DARK.values()}, path.name


def test_the_same_content_gives_the_same_bytes(written: list[Path], tmp_path: Path) -> None:
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": None}):
        again = write_reproduction(results_of(("mnist",), **FEW), [readings_of()], cost_of(), tmp_path)
    assert [path.name for path in again] == [path.name for path in written]
    for one, other in zip(again, written, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def tick_boxes(axis: Axis) -> list[Bbox]:
    """Where the labels of the ticks within view are."""
    low, high = sorted(axis.get_view_interval())
    reach = 1e-9 * (high - low)
    ticks = [tick for tick in axis.get_major_ticks() if low - reach <= tick.get_loc() <= high + reach]
    return [t.label1.get_window_extent() for t in ticks if t.label1.get_visible() and t.label1.get_text()]


def test_nothing_is_cut_off_and_no_tick_label_lies_on_another(make: Make) -> None:
    results = parse_reproduction(make(("mnist",), images=200, every=250))
    with themed():
        for name, figure in reproduction_figures(results, [Readings.of(readings_of(), "readings")], None):
            figure.draw_without_rendering()
            boxes = [legend.get_window_extent() for legend in figure.legends]
            for ax in figure.axes:
                for axis in (ax.xaxis, ax.yaxis):
                    found = tick_boxes(axis)
                    assert not any(a.overlaps(b) for a, b in itertools.combinations(found, 2)), name
                    boxes += [*found, axis.label.get_window_extent()]
            for box in boxes:
                assert -1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, name
                assert -1 <= box.y0 <= box.y1 <= figure.bbox.y1 + 1, name


def test_one_seed_is_enough(tmp_path: Path) -> None:
    one = {"train": [0.9], "test": [0.9]}
    written = write_reproduction({"digits": {"ff": one, "acff": one}}, [], None, tmp_path)
    assert [path.stem for path in written if path.suffix == ".svg"] == ["accuracy-digits", "gains"]
    assert "One seed: no spread and no test" in (tmp_path / "reproduction.md").read_text(encoding="utf-8")


def test_readings_and_costs_can_stand_alone(tmp_path: Path) -> None:
    written = write_reproduction({}, [readings_of()], cost_of(), tmp_path)
    assert [path.name for path in written] == [
        "reproduction.md", "readings-mnist.svg", "readings-mnist.png", "cost.svg", "cost.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("results", "readings", "cost", "message"),
    [
        ({}, [], None, "nothing to report"),
        ({"mnist": {}}, [], None, "nothing to report"),
        ({"mnist": {"ff": {}}}, [], None, "reproduction: mnist.ff"),
        ({}, [{}], None, "readings: "),
        ({}, [readings_of(), readings_of()], None, "two readings of one data set"),
        ({}, [], {}, "cost: "),
    ],
)
def test_wrong_content_writes_nothing(
    results: Any, readings: Any, cost: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=message):
        write_reproduction(results, readings, cost, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunError, match="cannot write"):
        write_reproduction({}, [], cost_of(), tmp_path / "taken")


def test_captions_belong_to_their_figures() -> None:
    assert caption_of("dynamics-log-mnist", CAPTIONS) != caption_of("dynamics-error-mnist", CAPTIONS)
    assert caption_of("cost", CAPTIONS).title == "Cost of training"


def test_tables_load_neither_torch_nor_matplotlib() -> None:
    code = (
        "import sys;"
        "import neuroff.report.reproduction.tables, neuroff.report.reproduction.page;"
        "sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
