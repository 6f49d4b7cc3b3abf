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


SYNOP_VALUE = "value_J = 2e-12\nlow_J = 1e-12\nhigh_J = 4e-12"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # unknown keys and tables
        (
            "high_J = 4e-12",
            "scpoe = 'all_in'",
            r"line 20, \[energy.synop\] scpoe: unknown key.*Did you mean scope",
        ),
        (
            "[[source]]",
            "[metta]\n[[source]]",
            r"\[metta\]: unknown table; expected one of schema, .*Did you mean meta",
        ),
        ('boundary = "chip"', 'boundary = "chip"\ncolour = 1', r"line 9, \[meta\] colour: unknown key"),
        # units
        (
            SYNOP_VALUE,
            "value_pJ = 2",
            r"line 18, \[energy.synop\] value_pJ: wrong unit in the key; "
            r"expected value_J, in joules. Use value_J and write the number in joules",
        ),
        (
            SYNOP_VALUE,
            "value = 2",
            r"\[energy.synop\] value: no unit in the key; expected value_J, in joules",
        ),
        ("low_J = 1e-12", "low_pJ = 1", r"line 19, \[energy.synop\] low_pJ: wrong unit.*low_J"),
        ("low_J = 1e-12", "low_W = 1", r"low_W: wrong unit in the key; expected low_J, in joules"),
        # numbers
        (
            "value_J = 2e-12",
            "value_J = -2e-12",
            r"line 18, \[energy.synop\] value_J: -2e-12 is negative; "
            r"expected a number of at least 0",
        ),
        ("value_J = 2e-12", "value_J = nan", r"value_J: is nan; expected a finite number"),
        ("value_J = 2e-12", "value_J = inf", r"value_J: is inf; expected a finite number"),
        (
            "value_J = 2e-12",
            "value_J = 1e30",
            r"value_J: 1e\+30 is out of range; expected a number of at most 1000",
        ),
        ("value_J = 2e-12", "value_J = '2e-12'", r"value_J: is '2e-12'; expected a number, without quotes"),
        ("value_J = 2e-12", "value_J = true", r"value_J: is True; expected a number"),
        ("value_J = 2e-12", "value_J = [2e-12]", r"value_J: is an array; expected a number"),
        ("value_J = 2e-12", "value_J = 0x" + "f" * 300, r"value_J: is an integer of more than 60 digits"),
        (
            "low_J = 1e-12",
            "low_J = 3e-12",
            r"line 19, \[energy.synop\] low_J: 3e-12 is above value_J = 2e-12",
        ),
        (
            "high_J = 4e-12",
            "high_J = 1e-12",
            r"line 20, \[energy.synop\] high_J: 1e-12 is below value_J = 2e-12",
        ),
        (SYNOP_VALUE, "low_J = 1e-12\nincluded_in = 'update'", r"low_J: 1e-12 is a band without value_J"),
        # prices and their backing
        (SYNOP_VALUE, "", r"line 16, \[energy.synop\]: has no price; expected value_J, or included_in"),
        (SYNOP_VALUE, "value_J = 1\nincluded_in = 'update'", r"both value_J and included_in are given"),
        (
            'evidence = "measured"\n',
            "",
            r"\[energy.synop\] evidence: missing; expected how the figure was obtained",
        ),
        (
            'evidence = "measured"',
            'evidence = "mesured"',
            r"'mesured' is not known.*Did you mean \"measured\"",
        ),
        (
            'source = "lab"\n\n',
            "\n",
            r"line 16, \[energy.synop\] source: missing.*Say where the figure comes from",
        ),
        (
            'source = "lab"\n\n',
            'source = "labb"\n\n',
            r"line 22, \[energy.synop\] source: no \[\[source\]\] has the key "
            r"'labb'; expected one of 'lab'. Did you mean \"lab\"",
        ),
        (
            "high_J = 4e-12",
            "high_J = 4e-12\nband_source = 'x'",
            r"band_source: no \[\[source\]\] has the key 'x'",
        ),
        # names
        (
            'per = "synaptic_events"',
            'per = "synaptic_event"',
            r"line 17, \[energy.synop\] per: unknown count "
            r"'synaptic_event'.*Did you mean \"synaptic_events\"",
        ),
        ('per = "synaptic_events"\n', "", r"\[energy.synop\] per: missing; expected the one count"),
        ('per = "synaptic_events"', 'per = "traffic"', r"unknown count 'traffic'"),
        (
            "[energy.synop]",
            "[energy.Synop]",
            r"\[energy.Synop\]: 'Synop' is not a valid name; expected lower-case",
        ),
        (
            SYNOP_VALUE,
            "included_in = 'updat'",
            r"included_in: no priced term is named 'updat'.*Did you mean \"update\"",
        ),
        (SYNOP_VALUE, "included_in = 'synop'", r"included_in: no priced term is named 'synop'"),
        ("low_J = 1e-12", "includes = ['nothing']", r"includes.*unknown count 'nothing'"),
        # the top of the file
        ('schema = "1.0"\n', "", r'schema: missing; expected schema = "1.0" at the top'),
        ('schema = "1.0"', 'schema = "9"', r"line 1, schema: '9' is not known; expected '1.0'"),
        ('id = "toy"', 'id = "../toy"', r"line 4, \[meta\] id: '../toy' is not a valid name"),
        ('name = "Toy chip"', 'name = "Toy\\u001bchip"', r"\[meta\] name: contains control characters"),
        ('name = "Toy chip"', 'name = " "', r"\[meta\] name: is empty"),
        ('name = "Toy chip"', f'name = "{"x" * 500}"', r"\[meta\] name: too long; expected at most 300"),
        (
            'kind = "spiking"',
            "kind = 3",
            r"\[meta\] kind: 3 is not known; expected 'spiking', 'dense' or 'mixed'",
        ),
        (
            'boundary = "chip"',
            'boundary = "chip"\nnode_nm = 0',
            r"node_nm: 0 is out of range; expected .*more than 0",
        ),
        ("[[source]]", "[source]", r"\[source\]: is a table; expected an array.*double brackets"),
        (
            'checked = "primary"',
            'checked = "yes"',
            r"line 14, \[\[source\]\] number 1, checked: 'yes' is not known",
        ),
        (
            'locator = "Table 1"\n',
            "",
            r"line 10, \[\[source\]\] number 1, locator: missing; expected table, page",
        ),
    ],
)
def test_one_problem(load_text: Load, toy: str, old: str, new: str, message: str) -> None:
    assert toy.count(old) >= 1
    error = failure(load_text, toy.replace(old, new, 1))
    assert len(error.problems) == 1
    with pytest.raises(ProfileError, match=message):
        raise error
    assert str(error).count("\n") == 0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "[static]\nchip_W = 0.1",
            r"line 31, \[static\] chip_W: unknown key; expected one of chip, .*Did you mean chip",
        ),
        (
            "[static.chip]\nvalue_mW = 3\nevidence = 'measured'\nsource = 'lab'",
            "value_mW: wrong unit.*value_W, in watts",
        ),
        (
            "[static.chip]\nvalue_W = 3\nhigh_W = 2\nevidence = 'measured'\nsource = 'lab'",
            "high_W: 2 is below value_W = 3",
        ),
        ("[limits]\nsource = 'lab'\nneurons_per_core = 1024", r"expected a table with value_count, kind"),
        (
            "[limits]\nsource = 'lab'\nneurons_per_core = {value_count = 0, kind = 'wall'}",
            "expected a number of at least 1",
        ),
        (
            "[limits]\nsource = 'lab'\nneurons_per_core = {value_count = 2.5, kind = 'wall'}",
            "expected a whole number",
        ),
        ("[limits]\nfan_in = {value_count = 2, kind = 'wall'}", r"\[limits\] source: missing"),
        (
            "[time]\nsource = 'lab'\nsynop_ns = 3.5",
            r"\[time\] synop_ns: wrong unit in the key; expected synop_s, in seconds",
        ),
        (
            "[time]\nsource = 'lab'\nbarrier = [[1, 2]]",
            r"\[time.barrier\] 0: is an array; expected a table with tiles_count",
        ),
        (
            "[topology]\nsource = 'lab'\nkind = 'mesh'\nmulticast = 'no'",
            "multicast: is 'no'; expected true or false",
        ),
        (
            "[[memory]]\nname = 'a'",
            r"\[\[memory\]\] number 1, access_width_bit: missing; expected how many bits",
        ),
        (
            "[[memory]]\nname = 'a'\naccess_width_bit = 64\nread = {value_pJ = 3}",
            r"\[\[memory\]\] number 1, read.value_pJ: wrong unit in the key; expected value_J",
        ),
        (
            "[energy.learning.update]\nper = 'synapse_updates'\nvalue_J = 1",
            r"energy.learning.update\] (evidence|source): miss",
        ),
        ("[energy.learning]\nupdate = 3", r"\[energy.learning\] update: is 3; expected a table with value_J"),
        ("[io]\nhost = 'maybe'", r"\[io\] host: 'maybe' is not known; expected 'included' or 'excluded'"),
    ],
)
def test_problems_of_other_tables(load_text: Load, toy: str, table: str, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        load_text(f"{toy}\n{table}\n")
