"""Files meant to break the reader end in one message, in little time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from neuroff.energy import load_profile
from neuroff.energy.profile.problems import show
from neuroff.errors import ProfileError

SECONDS = 20.0
"""Far above what any of these take, so that a busy machine does not matter."""

MEGABYTE = 1_000_000
LARGE = 180_000
"""Characters, with those of a profile below what is read."""


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "hostile.toml"
    path.write_bytes(content)
    start = time.process_time()
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert time.process_time() - start < SECONDS
    message = str(caught.value)
    assert len(message) < 30_000
    assert all(character.isprintable() or character == "\n" for character in message)
    return message


def test_ten_megabytes(tmp_path: Path, toy: str) -> None:
    assert "too large" in refused(tmp_path, (toy + "#" * 10 * MEGABYTE).encode())


def lines(pattern: str, size: int) -> str:
    """Numbered copies of a line, about ``size`` characters of them."""
    return "".join(pattern.format(number) for number in range(size // (len(pattern) + 4)))


@pytest.mark.parametrize(
    "more",
    [
        lines("key{} = 1\n", LARGE),
        lines("[energy.t{}]\n", LARGE),
        lines("[[source]]\nkey = 's{}'\n", LARGE),
        lines("[[measurement]]\nname = 'm{}'\n", LARGE),
        "a = [" + "1," * 90_000 + "]\n",
        "a = [" + "{}," * 60_000 + "]\n",
        "a = {" + ", ".join(f"k{n}=1" for n in range(20_000)) + "}\n",
        'a = "' + "\\u0041" * 30_000 + '"\n',
        'note = """' + "\n" * LARGE + '"""\n',
        "factors = { " + ", ".join(f"a{n}_W = 1" for n in range(12_000)) + " }\n",
        "includes = [" + "'packets'," * 17_000 + "]\n",
        "[limits]\nsource = 'lab'\n" + lines("x{} = {{ value_count = 1, kind = 'wall' }}\n", LARGE),
    ],
    ids=range(12),
)
def test_hundreds_of_kilobytes_of_anything(tmp_path: Path, toy: str, more: str) -> None:
    refused(tmp_path, (toy + more).encode())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value_J = 2e-12", "value_J = 1e999", r"value_J: is inf; expected a finite number"),
        ("value_J = 2e-12", "value_J = -nan", r"value_J: is nan; expected a finite number"),
        ("value_J = 2e-12", "value_J = 1e309", r"value_J: is inf; expected a finite number"),
        ("value_J = 2e-12", f"value_J = {10**300}", "more than 60 digits is out of range"),
        ("value_J = 2e-12", f"value_J = -{10**300}", "of more than 60 digits is negative"),
        ("value_J = 2e-12", f"value_J = {10**400}", r"value_J: .*an integer of more than 60 digits"),
        ("value_J = 2e-12", "value_J = 2026-11-23", r"is the date or time 2026-11-23; expected a number"),
        ("value_J = 2e-12", "value_J = 07:32:00", r"is the date or time 07:32:00; expected a number"),
        ('citation = "Somebody, 2020"', "citation = 2020-01-01T00:00:00Z", "citation: is the date or time"),
        ('id = "toy"', "id = 2020-01-01", "id: is the date or time 2020-01-01; expected text in quotes"),
        ('key = "lab"', "key = 2020-01-01", r"number 1, key: is the date or time 2020-01-01"),
        ('per = "synaptic_events"', "per = 2020-01-01", r"per: is the date or time 2020-01-01"),
        ('schema = "1.0"', "schema = 1.0", r"line 1, schema: 1.0 is not known; expected '1.0'"),
        ('name = "Toy chip"', 'name = "\\u202etoy"', r"\[meta\] name: contains control characters"),
        ("[meta]", "[meta]\n__class__ = 1", r"line 4, \[meta\] __class__: unknown key"),
        ("[meta]", "[meta]\nmodel_config = {extra = 'allow'}", r"\[meta.model_config\]: unknown table"),
    ],
)  # fmt: skip
def test_absurd_values(tmp_path: Path, toy: str, old: str, new: str, message: str) -> None:
    assert old in toy
    path = tmp_path / "hostile.toml"
    path.write_text(toy.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProfileError, match=message):
        load_profile(path)


def test_dates_are_shown_as_what_they_are() -> None:
    assert show(date(2026, 11, 23)) == "the date or time 2026-11-23"
    assert show(datetime(2026, 11, 23, 7, 32, tzinfo=UTC)) == "the date or time 2026-11-23T07:32:00+00:00"


def test_keys_of_the_schema_are_not_reachable_through_extra_terms(tmp_path: Path, toy: str) -> None:
    """A term may have any name, also one that a Python object uses for itself."""
    path = tmp_path / "toy.toml"
    for name in ("model_fields", "terms", "copy", "model_dump"):
        path.write_text(toy.replace("energy.synop", f"energy.{name}"), encoding="utf-8")
        assert set(load_profile(path).energy.terms()) == {name, "update"}
