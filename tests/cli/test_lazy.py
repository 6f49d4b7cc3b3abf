from __future__ import annotations

import subprocess
import sys

import pytest

from neuroff.cli.main import COMMANDS, run

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
def test_the_list_says_what_the_command_says_of_itself(name: str) -> None:
    """Its help is the command's own, and starts with the sentence of the list."""
    text = COMMANDS[name].loaded().help or ""
    assert " ".join(text.split()).startswith(COMMANDS[name].help)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_under_its_own_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"neuroff {name} " in " ".join(capsys.readouterr().out.split())
