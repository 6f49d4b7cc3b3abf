from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neuroff.cli.main import run as run_program
from neuroff.cli.profiles import app
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.profile.json_schema import json_schema
from neuroff.errors import NeuroffError, ProfileError

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
        "weakest_check": "transcription",
        "scopes": ["marginal"],
        "coefficients": 8,
        "measurements": 0,
        "extends": None,
        "revision": 1,
        "sha256": load_profile("loihi1-davies2018").sha256(),
    }
    cpu = next(entry for entry in listed if entry["id"] == "cpu-degnan2016")
    assert cpu["node_nm"] is None
    akida = next(entry for entry in listed if entry["id"] == "akida1000")
    assert (akida["weakest_evidence"], akida["coefficients"], akida["measurements"]) == (None, 0, 10)
    assert next(entry for entry in listed if entry["id"] == "spinnaker1-allin")["scopes"] == ["all_in"]


@pytest.mark.parametrize("profile", ["loihi1-davies2018", str(SHIPPED / "loihi1-davies2018.toml")])
def test_show(profile: str) -> None:
    lines = run("show", profile).splitlines()
    synop = next(line for line in lines if line.startswith("synop "))
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
    assert shown["differences"] == []
    assert [source["key"] for source in shown["profile"]["source"]]
    assert len(shown["profile"]["measurement"]) == shown["measurements"]
    priced = [name for name, term in shown["profile"]["energy"].items() if "value_J" in term]
    assert len(priced) <= shown["coefficients"]


def test_show_limits_and_measurements() -> None:
    lines = run("show", "loihi2").splitlines()
    assert any("neurons_per_core" in line and "8192" in line and "wall" in line for line in lines)
    assert any("synapse_memory_per_core" in line and "1048576 bit" in line for line in lines)
    negative = next(line for line in lines if "pilotnet_sdnn_dynamic" in line)
    for text in ("-360 µJ per inference", "16.87 Hz", "dynamic", "measured", "lava_dl"):
        assert text in negative
    assert any("static.chip" in line and "232 mW - 281.8 mW" in line for line in lines)


def test_text_of_a_profile_is_not_read_as_markup(tmp_path: Path) -> None:
    text = (SHIPPED / "cpu-degnan2016.toml").read_text(encoding="utf-8")
    path = tmp_path / "markup.toml"
    path.write_text(text.replace("CPU i7-4960X", "[red]CPU[/red] [/nope]"), encoding="utf-8")
    assert "[red]CPU[/red] [/nope]" in run("show", str(path))


def test_check_valid_files() -> None:
    files = [str(path) for path in sorted(SHIPPED.glob("*.toml"))]
    assert run("check", *files).splitlines() == [f"{file}: ok" for file in files]
    report = json.loads(run("check", "--json", *files))
    assert report == [{"file": file, "ok": True, "problems": [], "doubts": []} for file in files]


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
    assert result.exit_code == 2
    assert "value_pJ" in result.stderr
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
    for command in ("list", "show", "check", "new", "schema"):
        assert command in result.output


def test_schema_is_printed_as_json() -> None:
    assert json.loads(run("schema")) == json_schema()


def filled(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for key, value in (("value_J", "25e-12"), ("evidence", '"measured"'), ("checked", '"primary"')):
        text = text.replace(f'{key} = ""', f"{key} = {value}")
    text = text.replace('boundary = ""', 'boundary = "chip"')
    path.write_text(text.replace('= ""', '= "something"'), encoding="utf-8")


@pytest.mark.parametrize("name", ["my-chip", "my-chip.toml"])
def test_new_check_fill_in_check(tmp_path: Path, name: str) -> None:
    path = tmp_path / "my-chip.toml"
    assert f"neuroff profiles check {path}" in run("new", str(tmp_path / name)).replace("\n", "")
    assert os.listdir(tmp_path) == ["my-chip.toml"]
    with pytest.raises(ProfileError, match="7 problems"):
        run("check", str(path))
    filled(path)
    assert run("check", str(path)) == f"{path}: ok\n"


def test_new_extends_and_show_tells_the_difference(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    run("new", str(first), "--extends", "loihi1-davies2018")
    filled(first)
    assert "extends loihi1-davies2018, from which it differs in: energy.synop" in run("show", str(first))
    shown = json.loads(run("show", str(first), "--json"))
    assert (shown["extends"], shown["differences"]) == ("loihi1-davies2018", ["energy.synop"])
    run("new", str(second), "--extends", "first")
    filled(second)
    assert "extends first, from which it differs in: nothing" in run("show", str(second))


def test_new_refuses_to_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "my-chip.toml"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"my-chip.toml: is there already. Name another, or"):
        run("new", str(path))
    assert path.read_text(encoding="utf-8") == "precious"
    run("new", str(path), "--force")
    assert 'id = "my-chip"' in path.read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["my-chip.toml"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("My Chip.toml",), "'My Chip' is not a name for a profile"),
        (("x.toml", "--extends", "loihi9"), "no profile is named 'loihi9'"),
        (("x.toml", "--extends", "../x"), "'../x' is not a name for a profile"),
        (("x.toml", "--extends", "a" * 5000), "is not a name for a profile"),
        (("a" * 5000,), "is not a name for a profile"),
        ((".toml",), "'' is not a name for a profile"),
        (("..",), "'..' is not a name for a profile"),
    ],
)
def test_new_with_bad_names(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    file, *options = arguments
    with pytest.raises(ProfileError, match=message):
        run("new", f"{tmp_path}/{file}", *options)
    assert os.listdir(tmp_path) == []


def test_new_here_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (".", "..", "", "/"):
        with pytest.raises(ProfileError, match="is not a name for a profile"):
            run("new", name)
    run("new", "chip")
    assert os.listdir(tmp_path) == ["chip.toml"]


def test_new_in_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(NeuroffError, match="cannot write"):
        run("new", str(tmp_path / "file" / "chip.toml"))
    (tmp_path / "folder.toml").mkdir()
    for name in ("folder", "folder.toml"):
        with pytest.raises(ProfileError, match="is a folder; expected the name of a file to write"):
            run("new", str(tmp_path / name), "--force")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.toml"]


HOSTILE = {
    "deep": b"a = " + b"[" * 20_000,
    "large": b"#" * 10_000_000,
    "not-text": b"\xff\xfe\x00",
    "circle": b'schema = "1.0"\nextends = "circle"\n[meta]\nid = "circle"\nname = "c"\n',
    "absurd": b"[meta]\nnode_nm = nan\nvdd_V = -1e400\nid = 2020-01-01\n",
    "empty": b"",
    "folder": None,
    "missing": None,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_check_ends_with_code_2_and_no_traceback(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.toml"
    content = HOSTILE[name]
    if content is not None:
        path.write_bytes(content)
    elif name == "folder":
        path.mkdir()
    assert run_program(["profiles", "check", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("neuroff: ")
    assert f"{name}.toml" in printed.err.replace("\n", "")
    assert "Traceback" not in printed.err
