from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
NEEDS = dict.fromkeys(("port_my_network.py", "price_my_network.py"), "snntorch")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy_energy.py", "Accuracy against energy on seneca"),
        ("compare_dense_spiking.py", "spiking  acff"),
        ("convert_to_spikes.py", "slope of the error in T"),
        ("energy_report.py", "synaptic_events"),
        ("learn_on_chip.py", "dw = u0 * 2^-4 * x1 * y2"),
        ("port_to_loihi.py", "fixed point"),
        ("port_my_network.py", "the same spikes, one by one: yes"),
        ("price_my_network.py", "What every node does per sample"),
        ("reproduce_paper.py", "gain over FF"),
        ("spiking_convolution.py", "0 of "),
        ("tables.py", "breast cancer"),
    ],
)
def test_example_runs(tmp_path: Path, name: str, expected: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"{NEEDS[name]} is not installed")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)],
        cwd=tmp_path,
        env=os.environ | {"NEUROFF_DATA": str(tmp_path / "nothing")},  # the quick way, on the embedded digits
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples_use_public_names_alone(example: Path) -> None:
    """`neuroff` and its rooms: what stands in the `__all__` of a package, never a module inside one."""
    for node in ast.walk(ast.parse(example.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("neuroff."):
            continue
        room = import_module(str(node.module))
        assert str(node.module).count(".") == 1 or room.__name__ == "neuroff.chip.learning", node.module
        named = getattr(room, "__all__", None) or [name for name in vars(room) if not name.startswith("_")]
        assert {alias.name for alias in node.names} <= set(named)


def test_every_example_is_run_here() -> None:
    ran = {
        "accuracy_energy.py",
        "compare_dense_spiking.py",
        "convert_to_spikes.py",
        "energy_report.py",
        "learn_on_chip.py",
        "port_to_loihi.py",
        "port_my_network.py",
        "price_my_network.py",
        "reproduce_paper.py",
        "spiking_convolution.py",
        "tables.py",
    }
    assert {path.name for path in EXAMPLES.glob("*.py")} == ran
