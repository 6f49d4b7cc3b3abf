from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from neuroff.cli.main import COMMANDS, run
from neuroff.exchange.formats import FORMATS

HEAVY = ("torch", "numpy", "scipy", "sklearn", "matplotlib", "neuroff.core", "neuroff.training")


def loaded_by(program: str) -> set[str]:
    """Modules that a program has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n")[-2].split())


@pytest.mark.parametrize("arguments", [["--help"], ["nonsense"], []])
def test_help_and_usage_errors_load_nothing_heavy(arguments: list[str]) -> None:
    program = f"from neuroff.cli.main import run\nrun({arguments})"
    assert not loaded_by(program) & set(HEAVY)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_of_a_command_loads_nothing_that_computes(name: str) -> None:
    program = f"from neuroff.cli.main import run\nassert run(['{name}', '-h']) == 0"
    loaded = loaded_by(program)
    # Profiles are read to be listed, which needs no torch either.
    assert not loaded & set(HEAVY) - ({"numpy"} if name == "profiles" else set())
    assert len(loaded) < 1000


def test_the_targets_of_export_are_those_that_there_are() -> None:
    shown = next(each for each in COMMANDS["export"].loaded().params if each.name == "to")
    assert set(shown.metavar.strip("<>").split("|")) == set(FORMATS.names())


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["train", "--json", "--set", "nonsense=1"], "ConfigError", "unknown key 'nonsense'"),
        (["train", "--json", "--nonsense"], "UsageError", "--nonsense"),
        (["evaluate", "--json", "nowhere"], "RunError", "not a run directory"),
        (["compare", "--json", "--figures", "gif"], "ConfigError", "'gif' is not a choice"),
        (["energy", "nowhere", "--json", "--tables", "csv"], "ConfigError", "--tables without --out"),
    ],
)
def test_errors_are_json_where_results_would_be(
    arguments: list[str], kind: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert error["kind"] == kind
    assert said in error["message"]
    assert said in printed.err


def test_the_shell_completes_commands_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    for words, place, expected in (("neuroff tr", "1", "train"), ("neuroff train --pa", "2", "--path")):
        environment = {"_NEUROFF_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": place}
        done = subprocess.run(
            [sys.executable, "-c", "from neuroff.cli import main; main()"],
            capture_output=True, text=True, env=os.environ | environment, check=False,
        )  # fmt: skip
        assert expected in done.stdout.split()


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_list_says_what_the_command_says_of_itself(name: str) -> None:
    """Its help is the command's own, and starts with the sentence of the list."""
    text = COMMANDS[name].loaded().help or ""
    assert " ".join(text.split()).startswith(COMMANDS[name].help)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_under_its_own_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"neuroff {name} " in " ".join(capsys.readouterr().out.split())
