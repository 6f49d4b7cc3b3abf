from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuroff.cli.main import run
from neuroff.energy import list_profiles
from neuroff.energy.profile.catalogue import load_profile
from neuroff.experiments import meter


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("energy") / "run"
    arguments = ["train", "--preset", "demo", "--dataset", "digits", "--path", "spiking", "--variant", "acff"]
    small = ["--set", "widths=20,10", "--set", "steps=4"]
    assert run([*arguments, "--epochs", "2", *small, "--out", str(out)]) == 0
    return out


def told(capsys: pytest.CaptureFixture[str], *arguments: Path | str) -> dict[str, Any]:
    assert run(["energy", *map(str, arguments), "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def test_json_has_the_promised_keys_for_every_profile(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    printed = told(capsys, trained, "--profile", "all", "--images", "50", "--learning-images", "20")
    assert printed["images"] == 50
    assert set(printed["profiles"]) == set(list_profiles())
    for name, entry in printed["profiles"].items():
        assert {"energy_J", "latency_s", "terms_J", "unpriced", "fits"} <= set(entry)
        assert entry["energy_J"] is None or set(entry["energy_J"]) == {"low", "nominal", "high"}
        assert isinstance(entry["fits"], bool)
        assert entry["profile"]["sha256"] == load_profile(name).sha256()
    assert printed["profiles"]["xylo-a2"]["energy_J"] is None
    assert printed["profiles"]["truenorth-marginal"]["fits"] is False


def test_energy_is_counts_times_coefficients(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = told(
        capsys, trained, "--profile", "loihi1-davies2018", "--images", "50", "--learning-images", "0",
        "--as", "simulated",
    )  # fmt: skip
    counts, loihi = printed["counts"], printed["profiles"]["loihi1-davies2018"]
    priced = {
        "synop": ("synaptic_events", 23.6e-12),
        "neuron_update_active": ("neuron_updates_active", 81e-12),
    }
    for term, (name, joules) in priced.items():
        assert loihi["terms_J"][term]["nominal"] == pytest.approx(counts[name] * joules)
    assert loihi["terms_J"]["static.chip"]["nominal"] == pytest.approx(0.1044 * loihi["latency_s"], rel=0.01)
    assert "macs_float32" in {entry["count"] for entry in loihi["unpriced"]}
    assert loihi["learning"] == {}


def test_one_device_is_printed_term_by_term_and_all_as_one_table(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["energy", str(trained), "--images", "20", "--learning-images", "10"]
    assert run([*arguments, "--profile", "loihi1-davies2018"]) == 0
    shown = capsys.readouterr().out
    assert "static.chip" in shown
    assert "unpriced" in shown
    assert "Horowitz" not in shown
    assert load_profile("loihi1-davies2018").sha256()[:40] in shown
    assert run([*arguments, "--profile", "all"]) == 0
    shown = capsys.readouterr().out
    for name in list_profiles():
        assert name in shown
    assert "does not fit" in shown
    assert "fan_in" in shown
    assert "widths=" in shown
    assert max(len(line) for line in shown.splitlines()) <= 100


def test_a_profile_file_beside_the_shipped_ones(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "lab.toml"
    own.write_text(
        'schema = "1.0"\nextends = "loihi1-davies2018"\n[meta]\nid = "lab"\nname = "Lab"\nkind = "spiking"\n'
        'time_model = "barrier_step"\nboundary = "chip"\n[[source]]\nkey = "own"\ncitation = "Own"\n'
        'locator = "bench"\nchecked = "primary"\n[energy.synop]\nper = "synaptic_events"\nvalue_J = 1e-11\n'
        'evidence = "measured"\nsource = "own"\n'
    )
    printed = told(capsys, trained, "--profile", own, "--images", "10", "--learning-images", "0")
    assert list(printed["profiles"]) == ["lab"]


def test_pages_are_written_whole_with_their_figures(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html, markdown = tmp_path / "deep" / "e.html", tmp_path / "e.md"
    arguments = ["energy", str(trained), "--images", "20", "--learning-images", "10"]
    assert run([*arguments, "--html", str(html), "--markdown", str(markdown)]) == 0
    assert "Written: " in capsys.readouterr().out
    assert html.read_text().startswith("<!DOCTYPE html>")
    text = markdown.read_text()
    for figure in tmp_path.glob("*.svg"):
        assert f"(<{figure.name}>)" in text
    assert len(list(tmp_path.glob("*.svg"))) >= 2
    assert not list(tmp_path.rglob(".*"))


def test_without_a_counter_one_line_says_why(
    trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "neuroff.experiments.measured.find_meter", lambda device: meter.find_meter("cpu", tmp_path)
    )
    arguments = ["energy", str(trained), "--profile", "loihi2", "--images", "10", "--learning-images", "0"]
    assert run([*arguments, "--measure"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "Not measured" in line]
    assert len(lines) == 1
    assert "RAPL" in lines[0]


def test_with_a_counter_joules_stand_beside_the_estimate(
    trained: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fake:
        name, boundary = "RAPL", "processor packages"

        def read_J(self) -> float:
            return 1.0

    monkeypatch.setattr("neuroff.experiments.measured.find_meter", lambda device: Fake())
    monkeypatch.setattr(
        "neuroff.experiments.measured.measure",
        lambda counter, task: task() or meter.Reading(2, 1.0, 8.0, 3.0),
    )
    printed = told(
        capsys,
        trained,
        "--profile",
        "cpu-degnan2016",
        "--images",
        "10",
        "--learning-images",
        "0",
        "--measure",
    )
    assert printed["measured"]["energy_J"] == pytest.approx(0.4)
    assert printed["measured"]["above_idle_J"] == pytest.approx((8.0 - 3.0) / 20)


def test_more_weight_bits_than_a_device_has_do_not_fit(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = told(
        capsys, trained, "--profile", "loihi1-davies2018", "--images", "5", "--learning-images", "0",
        "--weight-bits", "12",
    )  # fmt: skip
    loihi = printed["profiles"]["loihi1-davies2018"]
    assert loihi["fits"] is False
    assert loihi["energy_J"] is None
    assert {"what": "weight_max_bit", "needs": 12, "has": 9}.items() <= loihi["shortfalls"][0].items()


@pytest.mark.parametrize(
    "arguments",
    [["--html", "/proc/nowhere/x.html"], ["--profile", "loihi9"], ["--device", "tpu"], ["--images", "0"]],
)
def test_bad_input_ends_in_one_message(
    trained: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(["energy", str(trained), "--images", "5", "--learning-images", "0", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err
