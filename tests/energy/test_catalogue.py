from __future__ import annotations

from pathlib import Path

import pytest

import neuroff.energy.catalogue as catalogue
from neuroff.energy import coefficients, list_profiles, load_profile
from neuroff.errors import ProfileError

SHIPPED = Path(__file__).parents[2] / "hardware_profiles"


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


def test_a_path_loads_the_same_profile_as_its_name() -> None:
    path = SHIPPED / "loihi1-davies2018.toml"
    assert load_profile(path) == load_profile(str(path)) == load_profile("loihi1-davies2018")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("loihi1-davies2019", "no profile is named 'loihi1-davies2019'; expected one of cpu-degnan2016, .*"
         "Did you mean loihi1-davies2018"),
        ("", "no profile is named ''; expected one of cpu-degnan2016"),
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
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "neuroff" / "energy" / "catalogue.py"))
    with pytest.raises(ProfileError, match=r"no shipped profiles were found\. Install neuroff again"):
        list_profiles()


# The shipped figures, written out once more from the literature notes, in picojoules.

LOIHI_PJ = {
    "synop": (23.6, 23.6, 35.5),
    "neuron_update_active": 81,
    "neuron_update_inactive": 52,
    "intra_tile_packet": 1.7,
    "hop_x": 3.0,
    "hop_y": (4.0, 4.0, 4.2),
    "learning.synapse_update": 120,
}
HOROWITZ_PJ = {
    "add_int8": 0.03,
    "add_int16": 0.05,
    "add_int32": 0.1,
    "add_float16": 0.4,
    "add_float32": 0.9,
    "mul_int8": 0.2,
    "mul_int32": 3.1,
    "mul_float16": 1.1,
    "mul_float32": 3.7,
    "mac_int8": (0.23, 0.23, 0.3),
    "mac_int32": 3.2,
    "mac_float16": 1.5,
    "mac_float32": 4.6,
    "synop": 0.9,
    "neuron_update_active": (4.6, 4.6, 6.4),
    "neuron_update_inactive": (3.7, 3.7, 4.6),
    "memory.sram_8k.read": 10 / 64,
    "memory.sram_32k.read": 20 / 64,
    "memory.sram_1m.read": 100 / 64,
    "memory.dram.read": (1300 / 64, 1950 / 64, 2600 / 64),
}
DEGNAN_PJ = dict.fromkeys(
    ("mac_float32", "synop", "neuron_update_active", "neuron_update_inactive"), (8600, 8600, 36_000)
)


@pytest.mark.parametrize(
    ("name", "table"),
    [("loihi1-davies2018", LOIHI_PJ), ("generic-horowitz45", HOROWITZ_PJ), ("cpu-degnan2016", DEGNAN_PJ)],
)
def test_shipped_figures(name: str, table: dict[str, float | tuple[float, float, float]]) -> None:
    priced = {
        entry.term: (entry.band_J.low * 1e12, entry.band_J.nominal * 1e12, entry.band_J.high * 1e12)
        for entry in coefficients(load_profile(name))
        if entry.band_J is not None and not entry.term.startswith("static.")
    }
    expected = {term: band if isinstance(band, tuple) else (band,) * 3 for term, band in table.items()}
    assert priced == {term: pytest.approx(band, rel=1e-12) for term, band in expected.items()}


def test_shipped_loihi_chip() -> None:
    profile = load_profile("loihi1-davies2018")
    assert profile.static.chip is not None
    assert (profile.static.chip.low_W, profile.static.chip.value_W) == (0.029, 0.1044)
    assert profile.limits is not None
    assert profile.limits.neurons_per_core is not None
    assert profile.limits.neurons_per_core.value_count == 1024
    assert profile.limits.synapse_memory_per_core is not None
    assert profile.limits.synapse_memory_per_core.value_bit == 16384 * 64
    assert profile.time is not None
    assert [(point.tiles_count, point.time_s) for point in profile.time.barrier] == [
        (1, 113e-9),
        (32, 465e-9),
    ]
    assert profile.topology is not None
    tiles = (
        profile.topology.tiles_x_count,
        profile.topology.tiles_y_count,
        profile.topology.cores_per_tile_count,
    )
    assert tiles == (8, 4, 4)
