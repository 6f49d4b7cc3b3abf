"""Figures that are far from all others of their kind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import neuroff
from neuroff.cli.main import run
from neuroff.energy import list_profiles, load_profile
from neuroff.energy.profile.plausibility import doubts
from neuroff.errors import ProfileError
from neuroff.report.energy.selecting import selected_profiles

OWN = """
extends = "loihi1-davies2018"

[meta]
id = "mine"
name = "Mine"

[energy.synop]
per = "synaptic_events"
value_J = {value}
evidence = "estimated"
source = "davies2018"
"""


def own(folder: Path, value: float, name: str = "mine") -> Path:
    file = folder / f"{name}.toml"
    file.write_text(OWN.format(value=value))
    return file


@pytest.mark.parametrize("name", list_profiles())
def test_no_shipped_profile_is_in_doubt(name: str) -> None:
    assert doubts(load_profile(name)) == ()


def test_joules_for_picojoules_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = own(tmp_path, 2.1)
    (told,) = doubts(load_profile(file))
    assert re.search(
        r"mine: synop is 2.1 J per count of synaptic_events; profiles that ship have .*J to .*J", told
    )
    assert run(["profiles", "check", str(file)]) == 0
    assert "in doubt" in capsys.readouterr().out
    assert run(["profiles", "check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["doubts"] == [told]


def test_a_figure_among_its_neighbours_is_not_doubted(tmp_path: Path) -> None:
    assert doubts(load_profile(own(tmp_path, 2.1e-11))) == ()


def test_two_profiles_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first, second = own(tmp_path, 2e-11), own(tmp_path / "a", 3e-11)
    with pytest.raises(ProfileError, match="two profiles with the id 'mine'"):
        selected_profiles([str(first), str(second)])
    assert [each.id for each in selected_profiles([str(first), str(first), neuroff.load_profile(first)])] == [
        "mine"
    ]
