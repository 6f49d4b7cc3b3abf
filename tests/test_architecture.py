"""Who may import what: each module only looks down."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import neuroff
from benchmarks.rooms import (
    FLOORS,
    WITHIN,
    arrows,
    drawing,
    floors_needed,
    imports_of,
    modules,
    wrong_arrows,
)

ROOT = Path(neuroff.__file__).parent

TORCH_FREE = ("energy", "data", "errors", "report", "results")


def test_every_module_has_its_floor() -> None:
    assert {parts[0] for parts, _ in modules(ROOT)} == {name for floor in FLOORS for name in floor}
    for room, floors in WITHIN.items():
        inside = {parts[1] for parts, _ in modules(ROOT) if parts[0] == room} - {"__init__"}
        assert inside == {name for floor in floors for name in floor}, room


def test_rooms_with_rooms_of_their_own_have_a_direction() -> None:
    with_packages = {parts[0] for parts, _ in modules(ROOT) if len(parts) > 2}
    assert with_packages == set(WITHIN)


def test_imports_point_down() -> None:
    assert wrong_arrows(ROOT) == []


def test_an_import_that_points_up_is_found(tmp_path: Path) -> None:
    for name, text in {
        "core/rules.py": "from neuroff.core.layer import Layer\nfrom neuroff.core.plan import Plan\n",
        "core/layer.py": "from neuroff.cli.main import run\n",
    }.items():
        file = tmp_path / "neuroff" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert wrong_arrows(tmp_path / "neuroff") == [
        "core/layer.py imports neuroff.cli.main",
        "core/rules.py imports neuroff.core.plan",
    ]


def test_the_picture_is_that_of_the_table() -> None:
    """`python benchmarks/rooms.py --svg docs/figures/rooms.svg` draws it."""
    assert (ROOT.parent / "docs" / "figures" / "rooms.svg").read_text(encoding="utf-8") == drawing()


def test_rooms_floors_and_arrows_are_counted() -> None:
    assert floors_needed({("a", "b"), ("b", "c"), ("a", "c")}, "abc") == 3
    assert floors_needed({("a", "b"), ("b", "a")}, "ab") == 0
    assert floors_needed(arrows(ROOT), [name for floor in FLOORS for name in floor]) <= len(FLOORS)


def test_no_star_imports_and_no_module_state() -> None:
    for _, path in modules(ROOT):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not isinstance(node, ast.Global), path
            if isinstance(node, ast.ImportFrom):
                assert all(alias.name != "*" for alias in node.names), path


def test_numbers_only_where_no_tensors_are_needed() -> None:
    for (name, *_), path in modules(ROOT):
        if name in TORCH_FREE:
            assert not any(i.split(".")[0] == "torch" for i in imports_of(path)), path


def test_plots_and_other_simulators_stay_in_their_rooms() -> None:
    rooms = {
        "matplotlib": "report",
        "snntorch": "interop",
        "norse": "interop",
        "jinja2": "report",
        "h5py": "hdf5",
    }
    for (name, *_), path in modules(ROOT):
        for imported in imports_of(path):
            assert rooms.get(imported.split(".")[0], name) == name, path


def imported(program: str) -> tuple[float, set[str]]:
    """CPU seconds that a program takes in a fresh interpreter, and the top-level modules it loads."""
    measured = f"""
import sys, time
start = time.process_time()
{program}
print(time.process_time() - start, *sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", measured], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seconds, *modules_loaded = done.stdout.split()
    return float(seconds), {name.split(".")[0] for name in modules_loaded}


def quickest(program: str) -> tuple[float, set[str]]:
    """The same, the quickest of three: the machine may be busy."""
    return min((imported(program) for _ in range(3)), key=lambda found: found[0])


SIMULATORS_AND_PLOTS = {"norse", "snntorch", "matplotlib", "nir", "h5py", "scipy", "sklearn", "torchvision"}


def test_import_loads_nothing() -> None:
    """`import neuroff` alone is a table of names: no torch, no numpy, a few hundredths of a second."""
    seconds, loaded = quickest("import neuroff")
    assert not loaded & (SIMULATORS_AND_PLOTS | {"torch", "numpy", "pydantic", "rich", "typer"})
    assert seconds < 0.15


def test_what_training_needs_is_torch_and_little_more() -> None:
    """Using it costs what torch and pydantic cost; no other simulator, no plots, no statistics."""
    seconds, loaded = quickest("import neuroff\nneuroff.build, neuroff.train, neuroff.load, neuroff.accuracy")
    libraries, _ = quickest("import torch, numpy, pydantic, safetensors.torch")
    assert not loaded & (SIMULATORS_AND_PLOTS | {"rich", "typer"})
    assert seconds - libraries < 1.0


PUBLIC = """
Comparison Config DataSet FFClassifier Network NeuroffError
Profile RunDirectory SpikingFFClassifier accuracy apply_settings build
build_network compare count_activity energy_report estimate export
from_module list_profiles load load_network load_profile load_run
prepare preset read_nir save_network train train_run
"""


def test_public_names_are_few_and_all_there() -> None:
    assert sorted(neuroff.__all__) == PUBLIC.split(), "a name for everyone is a decision"
    assert len(neuroff.__all__) <= 30
    for name in neuroff.__all__:
        assert getattr(neuroff, name).__doc__, name
    assert sorted(neuroff._HOMES) == sorted(neuroff.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        neuroff.nonsense  # noqa: B018


def test_public_names_of_rooms_are_meant() -> None:
    """A name that a room offers is used elsewhere, told of, or taken or given by its functions."""
    places = {path: path.read_text() for path in ROOT.rglob("*.py")}
    around = [ROOT.parent / "README.md", *(ROOT.parent / "docs").rglob("*.md")]
    around += [path for name in ("examples", "tests") for path in (ROOT.parent / name).rglob("*.py")]
    places |= {path: path.read_text() for path in around}
    for init in sorted(ROOT.glob("*/__init__.py")):
        room = importlib.import_module(f"neuroff.{init.parent.name}")
        offered = {name: getattr(room, name) for name in getattr(room, "__all__", ())}
        signatures = [str(inspect.signature(each)) for each in offered.values() if inspect.isfunction(each)]
        for name in offered:
            word = re.compile(rf"\b{name}\b")
            others = (text for path, text in places.items() if init.parent not in path.parents)
            assert any(word.search(text) for text in (*signatures, *others)), f"{room.__name__}.{name}"


def test_files_are_small() -> None:
    root = Path(__file__).parent.parent / "neuroff"
    long = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in root.rglob("*.py")}
    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_the_tests_that_newer_pythons_run_are_there() -> None:
    lines = (ROOT.parent / ".ci" / "newer.txt").read_text(encoding="utf-8").split()
    assert lines
    assert [path for path in lines if not (ROOT.parent / path).exists()] == []
