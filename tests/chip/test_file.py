from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.chip.file import read_loihi, write_loihi
from neuroff.chip.program import from_values, program_of, to_values
from neuroff.errors import ExportError
from neuroff.files import write_tensors
from tests.chip.conftest import Trained
from tests.chips import emulated, potentials, random_events, random_program
from tests.narrow import present


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_emulator_runs_what_is_read_to_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, seed: int, graded: bool, silent: bool
) -> None:
    program = random_program(seed, graded=graded, silent=silent)
    path = tmp_path_factory.mktemp("loihi") / "n.safetensors"
    write_loihi(path, program)
    back = read_loihi(path)
    assert json.dumps(to_values(back)[0]) == json.dumps(to_values(program)[0])
    sent = random_events(program, seed)
    for mine, theirs in zip(emulated(program, sent), emulated(back, sent), strict=True):
        assert torch.equal(mine, theirs)
    assert torch.equal(potentials(program, sent), potentials(back, sent))
    assert (back.rest is not None) == silent
    assert back.rest is None or torch.equal(back.rest, present(program.rest))


def test_a_layer_that_fires_is_as_earlier_versions_wrote_it() -> None:
    values, arrays = to_values(random_program(1))
    assert not {"most", "taken_mantissa"} & set(values["layers"][1])
    assert not any(name.startswith("rest") for name in arrays)
    values, arrays = to_values(random_program(1, silent=True))
    assert values["layers"][1]["most"] == 0
    assert from_values(values, arrays).reads_potentials


def test_a_deployment_keeps_its_unit_and_labels(ported_values: Trained) -> None:
    program = program_of(ported_values.deployment)
    assert program.payload_unit == ported_values.model.scales[0].payload_unit
    assert (program.classes, program.steps, program.length) == (10, 8, 10)
    assert program.widths == (784, 60, 40)
    assert program.bits == 8


def altered(change: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    values, arrays = to_values(random_program(1))
    change(values, arrays)
    return values, arrays


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v, a: v.update(format=2), "format 2"),
        (lambda v, a: v.update(layers=[]), "layers"),
        (lambda v, a: v.update(layers="many"), "layers 'many'"),
        (lambda v, a: v.update(layers=v["layers"] * 200), "1 to 256 layers"),
        (lambda v, a: v.update(steps=True), "steps = True"),
        (lambda v, a: v.update(steps=10**9), "steps"),
        (lambda v, a: v.update(payload_unit=float("nan")), "payload_unit"),
        (lambda v, a: v.pop("payload_unit"), "payload_unit = None"),
        (lambda v, a: v.update(code="import os"), "unknown code"),
        (lambda v, a: v["layers"][0].update(neurons=2**40), "at most"),
        (lambda v, a: v["layers"][0].update(neurons=-3), "-3 neurons"),
        (lambda v, a: v["layers"][0].update(voltage_decay=5000), "voltage_decay = 5000"),
        (lambda v, a: v["layers"][0].update(refractory=0), "refractory = 0"),
        (lambda v, a: v["layers"][0].update(sign="both"), "sign"),
        (lambda v, a: v["layers"][0].update(bits="8"), "bits"),
        (lambda v, a: v["layers"][0].pop("exponent"), "expected numbers"),
        (lambda v, a: v["layers"].pop(), "unknown bias_exponent2"),
        (lambda v, a: a.update(weight1=a["weight1"].float() * float("nan")), "float32"),
        (lambda v, a: a.update(weight1=a["weight1"][:-1]), "shape"),
        (lambda v, a: a.update(weight1=a["weight1"] + 1), "as the chip stores them"),
        (lambda v, a: a.update(weight1=a["weight1"].to(torch.uint16)), "uint16"),
        (lambda v, a: a.pop("start_voltage2"), "no array 'start_voltage2'"),
        (lambda v, a: v["layers"][1].update(most=0), "of neurons that never fire"),
        (lambda v, a: v["layers"][1].update(most=-1), "most = -1"),
        (lambda v, a: a.update(rest2=torch.zeros(7, dtype=torch.int32)), "a rest of potentials"),
        (lambda v, a: a.update(rest1=torch.zeros(12, dtype=torch.int32)), "unknown rest1"),
        (lambda v, a: a.update(extra=torch.zeros(3)), "unknown extra"),
        (lambda v, a: a.update(start_voltage1=a["start_voltage1"] + 2**24), "start_voltage"),
    ],
)
def test_what_a_chip_has_not_is_refused(tmp_path: Path, change: Callable[..., Any], words: str) -> None:
    values, arrays = altered(change)
    with pytest.raises(ExportError, match=words):
        from_values(values, arrays)
    if words != "payload_unit":  # JSON has no NaN: neuroff does not write it
        path = tmp_path / "n.safetensors"
        write_tensors(path, arrays, {"kind": "loihi", **values})
        with pytest.raises(ExportError, match=words) as caught:
            read_loihi(path)
        assert str(path) in str(caught.value)


def test_other_and_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    with pytest.raises(ExportError, match="cannot read"):
        read_loihi(path)
    write_tensors(path, {"weight": torch.zeros(2)}, {"kind": "run"})
    with pytest.raises(ExportError, match="another kind"):
        read_loihi(path)
    write_loihi(path, random_program(0))
    content = path.read_bytes()
    for damaged in (b"", content[:30], content[:-40], b"\xff" * 8 + content[8:]):
        path.write_bytes(damaged)
        with pytest.raises(ExportError, match="--to loihi"):
            read_loihi(path)


def test_programs_are_checked() -> None:
    program = random_program(0)
    for wrong in ({"steps": 0}, {"classes": 100}, {"payload_unit": 0.0}):
        with pytest.raises(ExportError, match="chip program"):
            replace(program, **wrong)
