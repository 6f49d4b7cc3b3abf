from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from neuroff.energy import load_profile
from neuroff.energy.profile.json_schema import json_schema
from neuroff.energy.profile.problems import InvalidProfileError
from neuroff.energy.profile.template import template
from neuroff.errors import ProfileError

FILLED = {
    'name = ""': 'name = "My chip"',
    'boundary = ""': 'boundary = "chip"',
    'citation = ""': 'citation = "Somebody, 2026"',
    'locator = ""': 'locator = "Table 1"',
    'checked = ""': 'checked = "primary"',
    'value_J = ""': "value_J = 25e-12",
    'evidence = ""': 'evidence = "measured"',
}


def filled(text: str) -> str:
    for blank, value in FILLED.items():
        text = text.replace(blank, value)
    return text


def uncommented(text: str) -> str:
    """Every optional line in force: those that start with # and no space."""
    return re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)


def problems(path: Path) -> list[str]:
    with pytest.raises(InvalidProfileError) as caught:
        load_profile(path)
    return [problem.place for problem in caught.value.problems]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my-chip.toml"


def test_the_check_names_what_is_to_be_filled_in(path: Path) -> None:
    path.write_text(template("my-chip"), encoding="utf-8")
    assert problems(path) == [
        "[meta] name",
        "[meta] boundary",
        "[[source]] number 1, citation",
        "[[source]] number 1, locator",
        "[[source]] number 1, checked",
        "[energy.synop] value_J",
        "[energy.synop] evidence",
    ]


def test_a_filled_template_passes(path: Path) -> None:
    path.write_text(filled(template("my-chip")), encoding="utf-8")
    profile = load_profile(path)
    assert profile.id == "my-chip"
    assert profile.energy.terms()["synop"].value_J == 25e-12
    assert list(profile.energy.terms()) == ["synop"]


def test_a_template_with_every_optional_line_passes(path: Path) -> None:
    text = re.sub(r'= ""', '= "something"', uncommented(filled(template("my-chip"))))
    path.write_text(text, encoding="utf-8")
    profile = load_profile(path)
    for name in ("energy", "memory", "static", "time", "io", "limits", "topology", "measurement"):
        assert getattr(profile, name), name
    assert profile.static.clock is not None
    assert profile.energy.learning


def test_the_template_shows_every_table_of_the_schema() -> None:
    """Every table, and every key of the tables that carry figures."""
    raw = tomllib.loads(uncommented(template("my-chip")))
    schema = json_schema()
    assert set(schema["properties"]) - {"extends"} == set(raw)
    tables: dict[str, Any] = schema["$defs"]
    assert set(tables["Source"]["properties"]) == set(raw["source"][0])
    assert set(tables["Meta"]["properties"]) == set(raw["meta"])
    assert set(tables["StaticTables"]["properties"]) == set(raw["static"])
    energy = set().union(*(set(term) for name, term in raw["energy"].items() if name != "learning"))
    assert set(tables["EnergyCoefficient"]["properties"]) == energy
    assert set(tables["Measurement"]["properties"]) - set(raw["measurement"][0]) == {
        "low_J",
        "high_J",
        "derived",
        "band_source",
        "factors",
        "note",
    }


def test_an_extension(path: Path) -> None:
    path.write_text(template("my-chip", extends="loihi1-davies2018"), encoding="utf-8")
    assert "[energy.synop] value_J" in problems(path)
    path.write_text(filled(template("my-chip", extends="loihi1-davies2018")), encoding="utf-8")
    profile = load_profile(path)
    assert profile.extends == "loihi1-davies2018"
    assert profile.energy.terms()["synop"].value_J == 25e-12
    assert profile.limits is not None
    text = re.sub(r'= ""', '= "something"', uncommented(filled(template("my-chip", extends="odin"))))
    path.write_text(text, encoding="utf-8")
    assert load_profile(path).static.chip is not None


@pytest.mark.parametrize(
    "name", ["", "My-chip", "../x", "a/b", ".hidden", "x" * 61, 'a"b', "a\nb", "{extends}", "ö", "a b"]
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ProfileError, match="is not a name for a profile; expected at most 60 lower-case"):
        template(name)
    with pytest.raises(ProfileError, match="is not a name for a profile"):
        template("fine", extends=name)


def test_lines_are_short_and_optional_lines_are_toml() -> None:
    for text in (template("my-chip"), template("my-chip", extends="odin")):
        assert max(map(len, text.splitlines())) <= 110
        assert text.endswith("\n")
        tomllib.loads(uncommented(text))
