from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neuroff.cli.profiles import app
from neuroff.energy import list_profiles, load_profile
from neuroff.errors import ProfileError

SHIPPED = Path(__file__).parents[2] / "hardware_profiles"
BROKEN = 'schema = "1.0"\n[energy.synop]\nper = "synaptic_events"\nvalue_pJ = 3\n'


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list() -> None:
    output = run("list")
    for name in list_profiles():
        assert name in output
    assert "spice" in output


def test_list_json() -> None:
    listed = json.loads(run("list", "--json"))
    assert [entry["id"] for entry in listed] == list(list_profiles())
    loihi = next(entry for entry in listed if entry["id"] == "loihi1-davies2018")
    assert loihi == {
        "id": "loihi1-davies2018",
        "name": "Intel Loihi (Davies 2018)",
        "kind": "spiking",
        "boundary": "chip",
        "time_model": "barrier_step",
        "node_nm": 14.0,
        "vdd_V": 0.75,
        "weakest_evidence": "spice",
        "coefficients": 8,
        "revision": 1,
        "sha256": load_profile("loihi1-davies2018").sha256(),
    }
    cpu = next(entry for entry in listed if entry["id"] == "cpu-degnan2016")
    assert cpu["node_nm"] is None


@pytest.mark.parametrize("profile", ["loihi1-davies2018", str(SHIPPED / "loihi1-davies2018.toml")])
def test_show(profile: str) -> None:
    lines = run("show", profile).splitlines()
    synop = next(line for line in lines if " synop " in line)
    for text in ("synaptic_events", "23.6 pJ", "23.6 pJ - 35.5 pJ", "marginal", "spice", "davies2018"):
        assert text in synop
    static = next(line for line in lines if "static.chip" in line)
    for text in ("104.4 mW", "29 mW - 104.4 mW", "measured (derived)", "frady2020"):
        assert text in static
    trace = next(line for line in lines if "learning.trace_update" in line)
    assert "unpriced" in trace
    assert any("transcription" in line and "Davies" in line for line in lines)
    assert lines[-1].endswith(load_profile("loihi1-davies2018").sha256())


@pytest.mark.parametrize("name", list_profiles())
def test_show_json(name: str) -> None:
    shown = json.loads(run("show", name, "--json"))
    assert shown["id"] == name
    assert shown["profile"]["schema"] == "1.0"
    assert shown["profile"]["energy"]["synop"]["per"] == "synaptic_events"


def test_text_of_a_profile_is_not_read_as_markup(tmp_path: Path) -> None:
    text = (SHIPPED / "cpu-degnan2016.toml").read_text(encoding="utf-8")
    path = tmp_path / "markup.toml"
    path.write_text(text.replace("CPU i7-4960X", "[red]CPU[/red] [/nope]"), encoding="utf-8")
    assert "[red]CPU[/red] [/nope]" in run("show", str(path))


def test_check_valid_files() -> None:
    files = [str(path) for path in sorted(SHIPPED.glob("*.toml"))]
    assert run("check", *files).splitlines() == [f"{file}: ok" for file in files]
    report = json.loads(run("check", "--json", *files))
    assert report == [{"file": file, "ok": True, "problems": []} for file in files]


def test_check_tells_every_problem_of_every_file(tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.toml", tmp_path / "missing.toml"
    broken.write_text(BROKEN, encoding="utf-8")
    good = SHIPPED / "cpu-degnan2016.toml"
    with pytest.raises(ProfileError) as caught:
        run("check", str(broken), str(good), str(missing))
    message = str(caught.value)
    assert message.startswith("2 of 3 files are not valid\n")
    assert f"{broken}: 3 problems" in message
    assert "line 4, [energy.synop] value_pJ: wrong unit in the key; expected value_J, in joules" in message
    assert f"{missing}: no such file" in message
    assert str(good) not in message
    with pytest.raises(ProfileError, match=r"missing.toml: no such file"):
        run("check", str(missing))


def test_check_json_gives_the_problems_as_data(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(BROKEN, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--json", str(broken)])
    assert isinstance(result.exception, ProfileError)
    (report,) = json.loads(result.stdout)
    assert report["ok"] is False
    assert {problem["place"] for problem in report["problems"]} == {
        "[meta]",
        "[[source]]",
        "[energy.synop] value_pJ",
    }


def test_unknown_profile() -> None:
    with pytest.raises(ProfileError, match="no profile is named 'loihi9'"):
        run("show", "loihi9")


def test_help_is_shown_without_arguments() -> None:
    result = CliRunner().invoke(app, [])
    for command in ("list", "show", "check"):
        assert command in result.output
