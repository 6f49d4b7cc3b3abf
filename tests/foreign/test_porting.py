"""Files of integers made of networks of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neuroff.chip.file import read_loihi
from neuroff.chip.network import run as run_chip
from neuroff.cli.main import run
from neuroff.errors import ExportError
from neuroff.exchange.c.source import read_c
from neuroff.foreign import convention_of, read_nir, values_for
from neuroff.foreign.fixed.agreement import answers_of
from neuroff.foreign.fixed.resetting import with_chip_reset
from neuroff.foreign.porting import TARGETS, port_graph
from neuroff.foreign.running import run as run_graph
from tests.foreign.fixed.test_quantise import chain
from tests.foreign.samples import NEURONS, linear, small
from tests.results.checking import misfits

STEPS, SAMPLES = 30, 60
SPIKES = (np.random.default_rng(0).random((STEPS, SAMPLES, 12)) < 0.3).astype(np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    network = chain("LIF").write(tmp_path / "network.nir")
    graph = read_nir(network, dt_ms=1.0)
    labels = answers_of(graph, run_graph(graph, values_for(graph, SPIKES)))
    np.savez(tmp_path / "spikes.npz", spikes=SPIKES, labels=labels.numpy())
    return network, tmp_path / "spikes.npz"


@pytest.mark.parametrize("target", TARGETS)
def test_the_command_writes_what_it_says(
    files: tuple[Path, Path], tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"out.{target}"
    options = ["--to", target, "--out", str(out), "--data", str(files[1]), "--dt-ms", "1", "--quantise", "8"]
    assert run(["export", str(files[0]), *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert misfits("export", told) == []
    assert (told["to"], told["widths"], told["bits"]) == (target, [12, 15, 7], 8)
    words = " ".join(told["notes"])
    assert "right answers: 100.00 % before" in words
    assert "does not fit truenorth-marginal" not in words
    if target in ("loihi", "c"):
        program = read_loihi(out) if target == "loihi" else read_c(out)
        assert program.widths == (12, 15, 7)
        assert program.steps == STEPS
    assert run(["export", str(files[0]), *options]) == 2
    assert "is there already" in capsys.readouterr().err


def test_what_the_file_holds_computes_what_was_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    graph = read_nir(files[0], dt_ms=1.0)
    values = values_for(graph, SPIKES)
    ported = port_graph(graph, "loihi", tmp_path / "n.safetensors", values)
    assert ported.same
    program = read_loihi(tmp_path / "n.safetensors")
    events: list[Any] = [each.to(torch.int32) for each in torch.from_numpy(SPIKES)]
    sent = [taken.spikes[1] for taken in run_chip(program.chip, [*events, None, None], SAMPLES)]
    counts = torch.stack(sent[2 : 2 + STEPS]).sum(0)
    assert float(counts.sum()) / SAMPLES == pytest.approx(ported.agreement.fired["n1"][1])


def test_a_reset_by_subtraction_is_made_up_for_by_the_threshold(tmp_path: Path) -> None:
    file = chain("LIF", seed=1).write(tmp_path / "network.nir")
    graph = read_nir(file, dt_ms=1.0, written_by=convention_of("nir", reset="subtract"))
    values = values_for(graph, SPIKES)
    found = with_chip_reset(graph, values, "rest")
    assert set(found.shares) == {"n0", "n1"}
    assert all(0.35 <= share <= 1.0 for share in found.shares.values())
    literal = read_nir(file, dt_ms=1.0)
    right = run_graph(graph, values)["n1"].sum()
    near = run_graph(found.graph, values)["n1"].sum()
    far = run_graph(literal, values)["n1"].sum()
    assert abs(near - right) < abs(far - right)
    ported = port_graph(graph, "c", tmp_path / "n.h", values)
    assert ported.agreement.samples == SAMPLES // 2  # the other half chose the thresholds
    assert any("reset to rest, threshold" in note for note in ported.exported.notes)
    whole = port_graph(graph, "c", tmp_path / "m.h", values, values)
    assert whole.agreement.samples == SAMPLES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda: (small(r=linear(NEURONS, NEURONS)), [("n", "r"), ("r", "n")]),
            "node 'n': 2 nodes of weights",
        ),
        (lambda: (small(w2=linear(3, NEURONS)), [("n", "w2")]), "node 'w2': weights that no neuron follows"),
    ],
)
def test_what_is_no_chain_is_refused_by_name(tmp_path: Path, change: Any, message: str) -> None:
    net, edges = change()
    net.edges += edges
    graph = read_nir(net.write(tmp_path / "a.nir"), dt_ms=1.0)
    with pytest.raises(ExportError, match=message):
        port_graph(graph, "loihi", tmp_path / "out", values_for(graph, SPIKES))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no spikes to compare both on"),
        (["--data", "{data}"], "no time step"),
        (["--data", "{data}", "--dt-ms", "1", "--to", "sanafe"], "expected nir | loihi | c | netx"),
        (["--data", "{bad}", "--dt-ms", "1"], "labels of shape (3,)"),
    ],
)
def test_bad_input_is_one_message(
    files: tuple[Path, Path],
    tmp_path: Path,
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = tmp_path / "bad.npz"
    np.savez(bad, spikes=SPIKES, labels=np.zeros(3, int))
    given = [option.format(data=files[1], bad=bad) for option in options]
    target = [] if "--to" in given else ["--to", "loihi"]
    assert run(["export", str(files[0]), *target, "--out", str(tmp_path / "o"), *given]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
