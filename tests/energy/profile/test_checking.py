from __future__ import annotations

from collections.abc import Callable

import pytest

from neuroff.energy import Profile
from neuroff.energy.profile.problems import InvalidProfileError
from neuroff.errors import ProfileError

Load = Callable[[str], Profile]


def failure(load_text: Load, text: str) -> InvalidProfileError:
    with pytest.raises(InvalidProfileError) as caught:
        load_text(text)
    return caught.value


def test_the_toy_profile_is_valid(load_text: Load, toy: str) -> None:
    profile = load_text(toy)
    assert profile.id == "toy"
    assert set(profile.energy.terms()) == {"synop", "update"}


def test_every_problem_is_told_at_once_in_file_order(load_text: Load, toy: str) -> None:
    broken = (
        toy.replace('kind = "spiking"', 'kind = "spikin"')
        .replace("low_J = 1e-12", "low_J = 9e-12")
        .replace('source = "lab"\n', "", 1)
        .replace("value_J = 10e-12", "value_pJ = 10")
        .replace('"neuron_updates_active"', '"neuron_updates"')
    )
    error = failure(load_text, broken + 'typo = 1\n[[source]]\nkey = "lab"\n')
    assert error.file.endswith("toy.toml")
    places = [problem.place for problem in error.problems]
    assert set(places) == {
        "[meta] kind",
        "[energy.synop] low_J",
        "[energy.synop] source",
        "[energy.update] per",
        "[energy.update] value_pJ",
        "[energy.update] typo",
        "[[source]] number 1, key",
        "[[source]] number 2, key",
        "[[source]] number 2, citation",
        "[[source]] number 2, locator",
        "[[source]] number 2, checked",
    }
    lines = [problem.line for problem in error.problems]
    assert None not in lines
    assert lines == sorted(lines, key=lambda line: line or 0)
    message = str(error)
    assert message.startswith(f"{error.file}: {len(places)} problems\n")
    assert all(f"line {problem.line}, {problem.place}: " in message for problem in error.problems)


def test_references_are_checked_even_where_the_schema_is_violated(load_text: Load, toy: str) -> None:
    error = failure(
        load_text, toy.replace('kind = "spiking"', "kind = 1").replace('source = "lab"', 'source = "x"')
    )
    assert [problem.place for problem in error.problems] == [
        "[meta] kind",
        "[energy.synop] source",
        "[energy.update] source",
    ]


def test_a_profile_must_say_something(load_text: Load, toy: str) -> None:
    head = toy[: toy.index("[energy.synop]")]
    with pytest.raises(ProfileError, match="prices nothing and limits nothing; expected at least one table"):
        load_text(head)
    load_text(f"{head}\n[limits]\nsource = 'lab'\nfan_in = {{value_count = 256, kind = 'wall'}}\n")


def test_a_share_and_its_total_cannot_both_be_priced(load_text: Load, toy: str) -> None:
    sparse = (
        "[energy.sparse]\nper = 'synaptic_events_sparse'\nvalue_J = 1\nevidence = 'spice'\nsource = 'lab'\n"
    )
    with pytest.raises(
        ProfileError, match=r"line 30, \[energy.sparse\]: prices .* share of synaptic_events, .*synop"
    ):
        load_text(f"{toy}\n{sparse}")


def test_an_all_in_total_may_stand_beside_the_marginal_price_of_a_share(load_text: Load, toy: str) -> None:
    all_in = toy.replace("low_J = 1e-12", 'scope = "all_in"')
    sparse = all_in[all_in.index("[energy.update]") :].replace("energy.update", "energy.sparse")
    sparse = sparse.replace("neuron_updates_active", "synaptic_events_sparse")
    assert set(load_text(f"{all_in}\n{sparse}").energy.terms()) == {"synop", "update", "sparse"}


def test_figures_cannot_include_each_other(load_text: Load, toy: str) -> None:
    circular = toy.replace("low_J = 1e-12", 'includes = ["neuron_updates_active"]').replace(
        "value_J = 10e-12", 'value_J = 10e-12\nincludes = ["synaptic_events"]'
    )
    with pytest.raises(
        ProfileError, match=r"\[energy.synop\]: includes other counts and is itself included in update"
    ):
        load_text(circular)


def test_an_empty_list_of_sources(load_text: Load) -> None:
    meta = 'id = "a"\nname = "A"\nkind = "dense"\ntime_model = "clocked"\nboundary = "chip"\n'
    term = '[energy.mac]\nper = "macs_int8"\nincluded_in = "unknown"\n'
    with pytest.raises(
        ProfileError, match=r"line 2, source: empty; expected at least one \[\[source\]\] table"
    ):
        load_text(f'schema = "1.0"\nsource = []\n[meta]\n{meta}{term}')


def test_repeated_memory_names(load_text: Load, toy: str) -> None:
    level = "[[memory]]\nname = 'a'\naccess_width_bit = 64\n"
    with pytest.raises(ProfileError, match=r"\[\[memory\]\] number 2, name: 'a' appears 2 times"):
        load_text(f"{toy}\n{level}{level}")
    levels = "".join(level.replace("'a'", f"'a{number}'") for number in range(6))
    with pytest.raises(ProfileError, match=r"\[\[memory\]\]: too long; expected at most 5"):
        load_text(f"{toy}\n{levels}")


def test_names_from_the_file_reach_the_message_without_control_characters(load_text: Load, toy: str) -> None:
    error = failure(load_text, toy + '"\\u001b[31m" = 1\n' + f'"{"k" * 500}" = 1\n')
    assert "\x1b" not in str(error)
    assert "k" * 100 not in str(error)


def test_a_file_of_nonsense_is_cut_short(load_text: Load, toy: str) -> None:
    error = failure(load_text, toy + "".join(f"key{number} = 1\n" for number in range(2000)))
    assert len(error.problems) <= 400
    assert len(str(error).splitlines()) == 52
    assert "and at least" in str(error)
    tables = "".join(f"[energy.t{number}]\n" for number in range(2000))
    with pytest.raises(ProfileError, match="too many tables; expected a profile of at most 1000 tables"):
        load_text(toy + tables)


def test_problems_as_data(load_text: Load, toy: str) -> None:
    (problem,) = failure(load_text, toy.replace("value_J = 2e-12", "value_J = -1")).problems
    assert problem.to_dict() == {
        "line": 18,
        "place": "[energy.synop] value_J",
        "what": "-1 is negative",
        "expected": "a number of at least 0",
        "fix": "check the sign",
    }
