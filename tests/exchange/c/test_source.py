from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.chip.deploy import events
from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.errors import ExportError, MissingDependencyError, RunError, ShapeError
from neuroff.exchange.c.running import FLAGS, classifying, compiled, find_compiler
from neuroff.exchange.c.running import potentials as run_potentials
from neuroff.exchange.c.source import header, loop, parse, read_c, write_c
from neuroff.exchange.port import chip_port
from neuroff.exchange.verdict import verify_chip
from tests.chip.conftest import Trained
from tests.chips import emulated, potentials, random_events, random_program
from tests.narrow import present
from tests.samples import all_labels

LOOP = "d55ff8d2959ec783"
needs_compiler = pytest.mark.skipif(find_compiler() is None, reason="there is no C compiler")


def same(mine: list[torch.Tensor], theirs: list[torch.Tensor]) -> bool:
    return len(mine) == len(theirs) and all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


@needs_compiler
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_compiled_header_fires_as_the_emulator_does(seed: int, graded: bool) -> None:
    program = random_program(seed, graded=graded)
    with compiled(program) as run_c:
        for trial in range(3):
            sent = random_events(program, 10 * seed + trial, samples=7)
            expected = emulated(program, sent, samples=7)
            assert same(expected, run_c(sent, 7))
            assert sum(int(spikes.sum()) for spikes in expected) > 0


@needs_compiler
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_compiled_header_has_the_emulators_potentials_and_says_the_class(seed: int, graded: bool) -> None:
    program = random_program(seed, graded=graded, silent=True)
    sent = random_events(program, seed, samples=7)
    right = potentials(program, sent, 7)
    assert right.unique().numel() > 50
    with run_potentials(program) as read, compiled(program) as run_c, classifying(program) as classes:
        assert torch.equal(read(sent, 7), right)
        assert same(emulated(program, sent, 7), run_c(sent, 7))
        window = [right[moment] for moment in program.chip.moments(2, program.steps)]
        sums = (torch.stack(window).long() + present(program.rest)).sum(0)
        assert torch.equal(classes(sent, 7), sums.argmax(1))
        assert not run_c(sent, 7)[1].any()
    with pytest.raises(ExportError, match="a last layer that fires"), run_potentials(random_program(seed)):
        pass


def test_the_loop_and_the_headers_of_earlier_versions_stay() -> None:
    """Headers are read if they are what neuroff writes: a loop that changes makes them unreadable."""
    assert hashlib.sha256(loop(adapts=False).encode()).hexdigest()[:16] == LOOP
    assert "neuroff_potential" not in header(random_program(0))


@needs_compiler
def test_currents_wrap_and_potentials_saturate_alike() -> None:
    program = random_program(3, graded=True)
    first, *rest = program.chip.layers
    strong = replace(first.synapses, exponent=7)
    slow = replace(first.neurons, current_decay=0, voltage_decay=0, threshold_mantissa=131071)
    program = replace(program, chip=ChipNetwork((ChipLayer(strong, slow), *rest)))
    sent = random_events(program, 1)
    expected = emulated(program, sent)
    assert int(expected[0].sum()) > 0
    with compiled(program) as run_c:
        assert same(expected, run_c(sent, 5))


@needs_compiler
@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("spikes", [False, True])
def test_a_trained_network_fires_alike_on_the_digits(ported: Trained, bits: int, spikes: bool) -> None:
    port = chip_port(ported.network, ported.split, "c", bits=bits, spikes=spikes)
    images = port.fed(ported.split.test.head(40))
    with compiled(port.program) as run_c:
        verdict = verify_chip(port.deployment, port.program.chip, port.program.chip, images, run_c=run_c)
    assert verdict.first is None
    assert verdict.spikes > 1000
    assert verdict.accuracy["file"] == verdict.accuracy["export"] > 0.5


@needs_compiler
def test_pixels_as_one_graded_volley(ported_values: Trained) -> None:
    port = chip_port(ported_values.network, ported_values.split, "c")
    assert port.program.chip.layers[0].synapses.payload_bits == 8
    signal = ported_values.split.test.head(6).stimulus(slice(None), "predict", 0)
    labels = all_labels(10, signal)
    sent = events(port.deployment, signal, labels)
    with compiled(port.program) as run_c:
        assert same(emulated(port.program, sent, 60), run_c(sent, 60))


@needs_compiler
def test_the_header_compiles_alone_and_warns_of_nothing(tmp_path: Path) -> None:
    programs = (random_program(1), random_program(2, graded=True), random_program(3, silent=True))
    for name, program in zip("abc", programs, strict=True):
        write_c(tmp_path / f"{name}.h", program)
        (tmp_path / "main.c").write_text(f'#include "{name}.h"\nint main(void) {{ return 0; }}\n')
        done = subprocess.run(
            [present(find_compiler()), *FLAGS, "-pedantic", "-Wconversion", "-fsyntax-only", "main.c"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def test_the_loop_is_short_and_needs_no_library() -> None:
    assert len(loop(adapts=False).splitlines()) <= 150
    text = header(random_program(0))
    assert re.findall(r"#include.*", text) == ["#include <stdint.h>"]
    assert not re.search(r"\b(float|double|malloc)\b", text)


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_what_is_read_is_what_was_written(seed: int, graded: bool, silent: bool) -> None:
    program = random_program(seed, graded=graded, silent=silent)
    back = parse(header(program), Path("f.h"))
    assert header(back) == header(program)
    sent = random_events(program, seed)
    assert same(emulated(program, sent), emulated(back, sent))


def test_files_are_whole_or_absent(tmp_path: Path) -> None:
    write_c(tmp_path / "n.h", random_program(0))
    assert header(read_c(tmp_path / "n.h")) == header(random_program(0))
    assert [path.name for path in tmp_path.iterdir()] == ["n.h"]
    with pytest.raises(RunError, match="cannot write"):
        write_c(tmp_path / "n.h" / "below", random_program(0))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("state->moment++;", "state->moment++; remove(0);", "code or numbers other than"),
        ("#endif", "#endif\nint x;", "code or numbers other than"),
        ('"steps":12', '"steps":13', "code or numbers other than"),
        ('"format":1', '"format":9', "format 9"),
        ('"neurons":12', '"neurons":100000000000', "108 weights"),
        ('"neurons":12', '"neurons":-1', "108 weights for 9 axons, -1 neurons"),
        ('"neurons":12', '"neurons":null', "neurons = None"),
        ('"payload_unit":1.0', '"payload_unit":NaN', "payload_unit = nan"),
        ('"steps":12', '"steps":1e99', "steps = 1e"),
        ('"exponent":', '"exponent":99,"x":', "layer 1"),
        ("/* neuroff chip network {", "/* neuroff chip network [", "no description"),
        ("_weight1[108] = {\n", "_weight1[108] = {\n99999999999, ", "weight1 beyond 24 bits"),
        ("_weight1[108] = {\n", "_weight1[108] = {\n-, ", "109 weights"),
        ("neuroff_weight2[", "neuroff_other2[", "other2|weight2"),
    ],
)
def test_headers_of_others(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = header(random_program(1))
    assert old in text
    (tmp_path / "n.h").write_text(text.replace(old, new, 1))
    with pytest.raises(ExportError, match=words):
        read_c(tmp_path / "n.h")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot read"):
        read_c(tmp_path / "none.h")
    (tmp_path / "b.h").write_bytes(b"/* neuroff chip network \xff")
    with pytest.raises(ExportError, match="no plain text"):
        read_c(tmp_path / "b.h")


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingDependencyError, match="no C compiler"), compiled(random_program(0)):
        pass


@needs_compiler
def test_a_presentation_has_its_length() -> None:
    program = random_program(0)
    with compiled(program) as run_c, pytest.raises(ShapeError, match="3 steps"):
        run_c(random_events(program, 0)[:3], 5)


def test_the_first_line_tells_the_layers() -> None:
    program = random_program(5)
    told = json.loads(header(program).split("\n", 1)[0].removeprefix("/* neuroff chip network ")[:-3])
    assert [layer["neurons"] for layer in told["layers"]] == [12, 7]
