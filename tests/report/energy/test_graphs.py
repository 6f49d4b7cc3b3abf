"""Networks that others trained, priced by one call and one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neuroff
from neuroff.cli.main import run
from neuroff.errors import DataError
from neuroff.foreign import convention_of, read_nir
from neuroff.report.energy.grids import energy_grids
from neuroff.report.energy.making import energy_report_of_file
from tests.foreign import plain
from tests.foreign.plain import Plain
from tests.foreign.samples import INPUTS, NEURONS, end, lif, linear, small
from tests.results.checking import misfits

STEPS, SAMPLES = 20, 5
SPIKES = (np.random.default_rng(0).random((STEPS, SAMPLES, INPUTS)) < 0.3).astype(np.uint8)
PROFILES = ("loihi1-davies2018", "generic-horowitz45")


def recurrent() -> Plain:
    """Recurrent neurons and a leaky read-out that sends no spikes."""
    net = small(
        r=linear(NEURONS, NEURONS, seed=2), w2=linear(3, NEURONS, seed=3), o=lif(3), output=end("Output", 3)
    )
    net.nodes["o"]["type"] = "LI"
    order = ("input", "w", "n", "r", "w2", "o", "output")
    edges = [("input", "w"), ("w", "n"), ("n", "r"), ("r", "n"), ("n", "w2"), ("w2", "o"), ("o", "output")]
    return Plain({name: net.nodes[name] for name in order}, edges, {("r", "n")})


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    np.savez(tmp_path / "spikes.npz", spikes=SPIKES)
    return recurrent().write(tmp_path / "network.nir"), tmp_path / "spikes.npz"


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert run(["energy", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_node_is_listed_under_its_name(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    network, data = files
    result = told(capsys, network, "--data", data, "--dt-ms", 1, "--profile", "all")
    right = plain.run(recurrent(), SPIKES, 1e-3)
    assert list(result["nodes"]) == ["input", "w", "n", "w2", "o", "output", "r"]
    for name, node in result["nodes"].items():
        assert node["synaptic_operations"] * SAMPLES == pytest.approx(right.operations[name])
        assert node["synaptic_events"] * SAMPLES == pytest.approx(right.stored[name])
    assert {name: node["neurons"] for name, node in result["nodes"].items() if node["neurons"]} == {
        "n": 6,
        "o": 3,
    }
    assert result["nodes"]["n"]["spikes"] * SAMPLES == pytest.approx(right.sent["n"].sum())
    assert result["nodes"]["n"]["firing_rate"] == pytest.approx(right.sent["n"].mean())
    assert (result["nodes"]["o"]["spikes"], result["nodes"]["o"]["firing_rate"]) == (0.0, None)
    assert result["nodes"]["input"]["spikes"] * SAMPLES == pytest.approx(SPIKES.sum())
    assert result["counts"]["synaptic_events"] * SAMPLES == pytest.approx(sum(right.stored.values()))
    assert "r → n: recurrent, arrives one step later" in result["notes"]
    assert (result["images"], result["steps"], result["dt_ms"]) == (SAMPLES, STEPS, 1.0)
    assert result["conventions"]["nir"]["spikes"] == pytest.approx(result["nodes"]["n"]["spikes"])
    assert "snntorch" in result["conventions"]
    assert misfits("energy", result) == []
    assert any(entry["energy_J"] for entry in result["profiles"].values())


def test_the_call_and_the_command_agree(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    network, data = files
    named = ("--profile", PROFILES[0])
    printed = told(capsys, network, "--data", data, "--dt-ms", 1, "--written-by", "snntorch", *named)
    graph = read_nir(network, dt_ms=1.0, written_by=convention_of("snntorch"))
    report = neuroff.energy_report(graph, SPIKES, PROFILES[:1], dataset="spikes.npz")
    assert json.loads(json.dumps(report.result().to_json())) == printed
    assert printed["conventions"] is None
    assert printed["written_by"] == "snntorch"
    assert (
        json.loads(
            json.dumps(
                energy_report_of_file(
                    network, data, PROFILES[:1], dt_ms=1.0, written_by=convention_of("snntorch")
                )
                .result()
                .to_json()
            )
        )
        == printed
    )


def test_the_profile_prices_the_counts(files: tuple[Path, Path]) -> None:
    network, data = files
    report = energy_report_of_file(
        network, data, ["loihi1-davies2018"], dt_ms=1.0, written_by=convention_of("nir")
    )
    (entry,) = report.accounts
    assert entry.network.estimate is not None
    per_event = entry.network.estimate.terms_J["synop"].nominal / report.counted.counts["synaptic_events"]
    assert per_event == pytest.approx(
        23.6e-12
    )  # Davies et al., IEEE Micro 38(1), 2018, table 2: minimum per synop
    assert entry.network.traffic is not None
    right = plain.run(recurrent(), SPIKES, 1e-3)
    # Every spike of n reaches itself and the read-out, one packet for each core; all lie on one core here.
    assert entry.network.traffic.packets * SAMPLES == pytest.approx(2 * right.sent["n"].sum())
    assert entry.network.traffic.arrivals * SAMPLES == pytest.approx(2 * right.sent["n"].sum() + SPIKES.sum())


def test_tables_and_page_are_of_this_network(files: tuple[Path, Path], tmp_path: Path) -> None:
    network, data = files
    report = energy_report_of_file(network, data, PROFILES, dt_ms=1.0)
    grids = energy_grids(report)
    assert [row[0] for row in grids[0].rows] == ["input", "w", "n", "w2", "o", "output", "r"]
    assert "snntorch" in [row[0] for row in grids[1].rows]
    assert not any("label" in cell for grid in grids for cell in (grid.title, *grid.header))
    page, text = tmp_path / "a.html", tmp_path / "a.md"
    options = ["--data", str(data), "--dt-ms", "1", "--html", str(page), "--markdown", str(text)]
    assert run(["energy", str(network), *options]) == 0
    assert "recurrent, arrives one step later" in page.read_text()
    assert "Energy of a spiking network on spikes.npz" in text.read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dt-ms", "1"], "neither data nor rates"),
        (["--dt-ms", "1", "--rates", "0.1"], "--rates without --steps"),
        (["--dt-ms", "1", "--rates", "n=2", "--steps", "5"], "a rate 'n=2'"),
        (["--dt-ms", "1", "--rates", "n=0.2", "--steps", "5"], "no rate of 'input'"),
        (["--data", "{data}", "--dt-ms", "1", "--steps", "5"], "--steps without --rates"),
        (["--data", "{data}"], "no time step"),
        (["--data", "{data}", "--dt-ms", "0"], "dt_ms = 0"),
        (["--data", "{data}", "--dt-ms", "1", "--written-by", "me"], "unknown writer 'me'"),
        (["--data", "{data}", "--dt-ms", "1", "--reset", "no"], "unknown reset 'no'"),
        (["--data", "{network}", "--dt-ms", "1"], "no recordings; expected NIRGraphData"),
        (["--data", "missing.npz", "--dt-ms", "1"], "missing.npz: cannot read (No such file or directory)"),
        (["--data", "{data}", "--dt-ms", "1", "--profile", "no-chip"], "no-chip"),
        (["--data", "{data}", "--dt-ms", "10"], "node 'n': tau of 0.005 s, shorter than a step of 0.01 s"),
    ],
)
def test_bad_input_is_one_message(
    files: tuple[Path, Path], options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    network, data = files
    given = [option.format(data=data, network=network) for option in options]
    assert run(["energy", str(network), *given]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert message in error
    assert "Traceback" not in error


def test_rates_in_place_of_data(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    rates = "input=0.3,n=0.05"
    result = told(
        capsys, files[0], "--rates", rates, "--steps", STEPS, "--dt-ms", 1, "--profile", PROFILES[0]
    )
    assert result["images"] == 0
    assert result["nodes"]["n"]["firing_rate"] == pytest.approx(0.05)
    weights = recurrent().nodes["r"]["weight"]
    assert result["nodes"]["r"]["synaptic_operations"] == pytest.approx(0.05 * (weights != 0).sum() * STEPS)
    changes = [each["change"] for each in result["what_if"][PROFILES[0]]]
    assert changes == ["firing rates × 0.5", "steps × 2", "weights of half the bits"]
    assert misfits("energy", result) == []


def test_a_run_takes_no_options_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["energy", str(tmp_path), "--dt-ms", "1"]) == 2
    assert "--dt-ms for a run of neuroff's" in " ".join(capsys.readouterr().err.split())


def test_a_network_and_its_data_belong_together(files: tuple[Path, Path]) -> None:
    graph = read_nir(files[0], dt_ms=1.0)
    with pytest.raises(DataError, match="shape"):
        neuroff.energy_report(graph, SPIKES[..., :5])
