from __future__ import annotations

from pathlib import Path

import pytest

import neuroff.energy.profile.catalogue as catalogue
from neuroff.energy import coefficients, list_profiles, load_profile
from neuroff.energy.profile.prices import superseded_by
from neuroff.errors import ProfileError

SHIPPED = Path(__file__).parents[3] / "hardware_profiles"


def test_the_checkout_lists_its_profiles() -> None:
    names = list_profiles()
    assert {"loihi1-davies2018", "generic-horowitz45", "cpu-degnan2016"} <= set(names)
    assert names == tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


@pytest.mark.parametrize("name", list_profiles())
def test_shipped_profiles_are_valid_and_fully_sourced(name: str) -> None:
    profile = load_profile(name)
    assert profile.id == name
    assert profile.meta.note
    keys = {source.key for source in profile.source}
    used = set()
    for entry in coefficients(profile):
        assert (entry.band_J is None) == (entry.source is None)
        assert entry.source in keys | {None}
        assert not (entry.derived and not entry.note), f"{entry.term} is derived: from what?"
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    for key in keys:
        used.add(key) if text.count(f'source = "{key}"') else None
    assert used == keys, "a source nobody cites"


@pytest.mark.parametrize("name", list_profiles())
def test_no_shipped_price_is_out_of_use(name: str) -> None:
    """A figure that another one contains is never added, so it should say so instead of standing there."""
    listed = coefficients(load_profile(name))
    for entry in listed:
        if entry.band_J is not None:
            assert superseded_by(entry, listed) == (), entry.term


@pytest.mark.parametrize("name", list_profiles())
def test_what_a_shipped_profile_claims_is_bounded(name: str) -> None:
    profile = load_profile(name)
    checked = {source.key: source.checked for source in profile.source}
    for entry in coefficients(profile):
        if entry.band_J is not None and entry.source is not None:
            assert 0 < entry.band_J.low <= entry.band_J.nominal <= entry.band_J.high, entry.term
            # What was recalled and not read carries no evidence.
            assert checked[entry.source] != "memory" or entry.evidence == "unstated", entry.term
    for measured in profile.measurement:
        assert checked[measured.source] != "memory" or measured.evidence == "unstated", measured.name


def test_a_path_loads_the_same_profile_as_its_name() -> None:
    path = SHIPPED / "loihi1-davies2018.toml"
    assert load_profile(path) == load_profile(str(path)) == load_profile("loihi1-davies2018")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loihi1-davies2019", "no profile is named 'loihi1-davies2019'; expected one of .*profiles list.*"
         "Did you mean loihi1-davies2018"),
        ("", "no profile is named ''; expected one of `neuroff profiles list`, or a file that ends in .toml"),
        ("..", "no profile is named"),
        ("nowhere/loihi", "nowhere/loihi: no such file"),
        ("nowhere.toml", "nowhere.toml: no such file"),
    ],
)  # fmt: skip
def test_unknown_names(name: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        load_profile(name)


def test_a_broken_installation_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "files", lambda package: tmp_path)
    monkeypatch.setattr(
        catalogue, "__file__", str(tmp_path / "neuroff" / "energy" / "profile" / "catalogue.py")
    )
    with pytest.raises(ProfileError, match=r"no shipped profiles were found\. Install neuroff again"):
        list_profiles()
