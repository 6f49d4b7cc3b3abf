from __future__ import annotations

import copy
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neuroff.energy import coefficients, list_profiles, load_profile
from neuroff.energy.profile.catalogue import load_base
from neuroff.energy.profile.checking import profile_from_mapping
from neuroff.energy.profile.inheritance import MAX_EXTENDS, differences, merged
from neuroff.energy.profile.problems import InvalidProfileError
from neuroff.errors import ProfileError

SHIPPED = Path(__file__).parents[3] / "hardware_profiles"
OVERRIDE = """schema = "1.0"
extends = "loihi1-davies2018"

[meta]
id = "our-loihi"
name = "Loihi, our lab"

[[source]]
key = "ours"
citation = "Our lab, 2026"
locator = "log book"
checked = "primary"

[energy.synop]
per = "synaptic_events"
value_J = 30e-12
evidence = "measured"
source = "ours"
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def failure(path: Path) -> InvalidProfileError:
    with pytest.raises(InvalidProfileError) as caught:
        load_profile(path)
    return caught.value


def test_one_coefficient_is_replaced_and_the_rest_is_kept(tmp_path: Path) -> None:
    base = load_profile("loihi1-davies2018")
    ours = load_profile(write(tmp_path, "our-loihi", OVERRIDE))
    assert (ours.id, ours.meta.name, ours.extends) == ("our-loihi", "Loihi, our lab", "loihi1-davies2018")
    assert ours.meta.vdd_V == base.meta.vdd_V
    assert differences(ours, base) == ("energy.synop",)
    synop = ours.energy.terms()["synop"]
    # The whole term is replaced: the band of the old figure must not stay with the new one.
    assert (synop.value_J, synop.low_J, synop.high_J, synop.source) == (30e-12, None, None, "ours")
    assert list(ours.energy.terms()) == list(base.energy.terms())
    assert ours.source[0].key == "ours"
    assert {source.key for source in base.source} < {source.key for source in ours.source}
    assert ours.sha256() != base.sha256()


def test_the_base_is_known(tmp_path: Path) -> None:
    path = write(tmp_path, "our-loihi", OVERRIDE)
    assert load_base(path) == load_profile("loihi1-davies2018")
    assert load_base("loihi1-davies2018") is None


def test_the_digest_is_that_of_the_resolved_content(tmp_path: Path) -> None:
    extending = load_profile(write(tmp_path, "our-loihi", OVERRIDE))
    content = extending.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"extends"})
    flat = profile_from_mapping(content, "flat")
    assert flat.extends is None
    assert flat.sha256() == extending.sha256()


def test_a_term_can_be_taken_out_and_added(tmp_path: Path) -> None:
    gone = OVERRIDE.replace(
        'value_J = 30e-12\nevidence = "measured"\nsource = "ours"', 'included_in = "unknown"'
    )
    more = "[energy.learning.trace_update]\nper = 'trace_updates'\nvalue_J = 1e-12\nevidence = 'estimated'\n"
    idle = "[static.core_idle]\nvalue_W = 1e-4\nevidence = 'estimated'\nsource = 'ours'\n"
    ours = load_profile(write(tmp_path, "our-loihi", f"{gone}{more}source = 'ours'\n{idle}"))
    base = load_profile("loihi1-davies2018")
    assert differences(ours, base) == ("energy.synop", "energy.learning.trace_update", "static.core_idle")
    assert ours.energy.terms()["learning.synapse_update"] == base.energy.terms()["learning.synapse_update"]
    assert ours.static.chip == base.static.chip
    synop = next(entry for entry in coefficients(ours) if entry.term == "synop")
    assert synop.band_J is None


def test_a_file_of_the_same_folder_comes_first(tmp_path: Path, toy: str) -> None:
    write(tmp_path, "loihi1-davies2018", toy)
    ours = load_profile(write(tmp_path, "ours", OVERRIDE))
    assert ours.meta.kind == "spiking"
    assert set(ours.energy.terms()) == {"synop", "update"}
    assert ours.limits is None


def test_arrays_and_single_tables(tmp_path: Path, toy: str) -> None:
    base = f"""{toy}
[[memory]]
name = "near"
access_width_bit = 64
[[memory]]
name = "far"
access_width_bit = 64
[limits]
source = "lab"
fan_in = {{ value_count = 4, kind = "wall" }}
[[measurement]]
name = "a"
workload = "x"
boundary = "chip"
power_W = 1
evidence = "measured"
source = "lab"
"""
    write(tmp_path, "base", base)
    child = """schema = "1.0"
extends = "base"
[meta]
id = "child"
name = "Child"
[[memory]]
name = "only"
access_width_bit = 32
[[measurement]]
name = "b"
workload = "y"
boundary = "chip"
power_W = 2
evidence = "measured"
source = "lab"
"""
    loaded = load_profile(write(tmp_path, "child", child))
    assert [level.name for level in loaded.memory] == ["only"]
    assert [entry.name for entry in loaded.measurement] == ["b", "a"]
    assert loaded.limits is not None
    assert loaded.limits.fan_in is not None
    assert differences(loaded, load_profile(tmp_path / "base.toml")) == ("measurement.b", "memory")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("loihi1-davies2018", "loihi1-davies2019", "line 2, extends: no profile is named"),
        ("loihi1-davies2018", "our-loihi", r"line 2, extends: 'our-loihi' leads back to this file"),
        ("loihi1-davies2018", "../our-loihi", r"line 2, extends: '../our-loihi' is not a valid name"),
        ("loihi1-davies2018", "/etc/passwd", r"line 2, extends: '/etc/passwd' is not a valid name"),
        ("loihi1-davies2018", "..", r"extends: '..' is not a valid name"),
        ("loihi1-davies2018", "a" * 5000, r"extends: .*(too long|no profile is named)"),
        ('"loihi1-davies2018"', "3", r"line 2, extends: is 3; expected text in quotes"),
        ('"loihi1-davies2018"', "['a', 'b']", r"extends: is an array; expected text"),
        ('name = "Loihi, our lab"\n', "", r"line 4, \[meta\] name: missing"),
        ('id = "our-loihi"\n', "", r"line 4, \[meta\] id: missing"),
        ('source = "ours"', 'source = "theirs"', r"line 18, \[energy.synop\] source: no \[\[source"),
        ("value_J = 30e-12", "value_J = -1", r"line 16, \[energy.synop\] value_J: -1 is negative"),
    ],
)  # fmt: skip
def test_problems(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert OVERRIDE.count(old) == 1
    with pytest.raises(ProfileError, match=message):
        load_profile(write(tmp_path, "our-loihi", OVERRIDE.replace(old, new)))


def test_own_problems_are_told_beside_a_missing_base(tmp_path: Path) -> None:
    broken = OVERRIDE.replace("loihi1-davies2018", "nowhere").replace("value_J", "value_pJ")
    error = failure(write(tmp_path, "our-loihi", broken))
    assert [problem.place for problem in error.problems] == ["extends", "[energy.synop] value_pJ"]
    assert "profiles list" in error.problems[0].fix


def test_a_broken_base_is_named_with_its_first_problem(tmp_path: Path, toy: str) -> None:
    write(tmp_path, "base", toy.replace("value_J = 2e-12", "value_J = -2e-12"))
    error = failure(write(tmp_path, "ours", OVERRIDE.replace("loihi1-davies2018", "base")))
    (problem,) = error.problems
    assert problem.what.startswith("'base' has 1 problem, first line 18, [energy.synop] value_J: -2e-12 is")
    assert problem.fix.endswith("base.toml first")


def test_circles(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        write(tmp_path, name, OVERRIDE.replace("loihi1-davies2018", other).replace("our-loihi", name))
    for name in "abc":
        assert "leads back to this file" in str(failure(tmp_path / f"{name}.toml"))


def test_a_circle_through_a_link(tmp_path: Path) -> None:
    path = write(tmp_path, "ours", OVERRIDE.replace("loihi1-davies2018", "link"))
    os.symlink(path, tmp_path / "link.toml")
    assert failure(path).problems


def test_chains_are_limited(tmp_path: Path) -> None:
    def chain(length: int) -> Path:
        """A file that reaches the shipped profile in ``length`` steps."""
        for step in range(1, length + 1):
            target = "loihi1-davies2018" if step == 1 else f"step{step - 1}"
            text = OVERRIDE.replace("loihi1-davies2018", target).replace("our-loihi", f"step{step}")
            path = write(tmp_path, f"step{step}", text)
        return path

    assert load_profile(chain(MAX_EXTENDS)).limits is not None
    assert "too long a chain" in str(failure(chain(MAX_EXTENDS + 1)))


def test_a_base_that_is_not_a_profile(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_bytes(b"\xff\xfe" * 10)
    assert "not UTF-8" in str(failure(write(tmp_path, "ours", OVERRIDE.replace("loihi1-davies2018", "base"))))
    (tmp_path / "folder.toml").mkdir()
    assert failure(write(tmp_path, "ours", OVERRIDE.replace("loihi1-davies2018", "folder"))).problems


def parsed(name: str) -> dict[str, Any]:
    return tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))


@given(st.sampled_from(list_profiles()))
def test_a_profile_that_changes_nothing_but_its_name_is_its_base(name: str) -> None:
    base = parsed(name)
    own = {"schema": "1.0", "extends": name, "meta": {"id": "other", "name": "Other"}}
    profile, original = profile_from_mapping(merged(own, base), "here"), load_profile(name)
    assert differences(profile, original) == ()
    assert [c.band_J for c in coefficients(profile)] == [c.band_J for c in coefficients(original)]


@given(st.sampled_from(list_profiles()), st.sampled_from(list_profiles()))
def test_own_tables_win_and_neither_side_is_changed(own_name: str, base_name: str) -> None:
    own, base = parsed(own_name), parsed(base_name)
    before = copy.deepcopy((own, base))
    result = merged(own, base)
    assert (own, base) == before
    assert result["meta"]["id"] == own["meta"]["id"]
    assert result.get("energy", {}) == {
        **base.get("energy", {}),
        **own.get("energy", {}),
        **learning(own, base),
    }
    assert merged(own, {}) == own
    assert merged(result, base) == result


def learning(own: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    tables = [side.get("energy", {}).get("learning") for side in (base, own)]
    both = {name: term for table in tables if table for name, term in table.items()}
    return {"learning": both} if both else {}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["meta", "energy", "learning", "source", "key", "static"]), inner)
    ),
    max_leaves=12,
)


@example({"source": [{"key": []}]})
@example({"energy": {"learning": 3}})
@given(st.dictionaries(st.sampled_from(["meta", "energy", "source", "static", "measurement"]), JUNK))
def test_nonsense_merges_without_a_traceback(own: dict[str, Any]) -> None:
    result = merged(own, parsed("loihi1-davies2018"))
    assert set(result) >= set(own)
