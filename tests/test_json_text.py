from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.errors import NeuroffError
from neuroff.files import read_json
from neuroff.json_text import parsed
from neuroff.results import RunResult, read_trained
from neuroff.results.kinds import KINDS
from neuroff.runs.folder import RunDirectory, read_config

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_json_writes_is_read_as_json_reads_it(values: object) -> None:
    text = json.dumps(values)
    assert parsed(text) == json.loads(text) == values


ODD = {
    "twice": ('{"seed": 1, "seed": 2}', "the key 'seed' twice"),
    "twice within": ('{"a": {"b": 1, "c": 2, "b": 1}}', "the key 'b' twice"),
    "no number": ('{"a": NaN}', "the number NaN"),
    "infinite": ('{"a": -Infinity}', "the number -Infinity"),
    "beyond a double": ('{"a": 1e999}', "the number 1e999, beyond what a double holds"),
    "digits": ('{"a": ' + "7" * 5000 + "}", "5000 digits|4300"),
    "deep": ('{"a":' * 90_000 + "1" + "}" * 90_000, "deeper than can be read"),
    "cut": ('{"a": ', "Expecting value"),
}


@pytest.mark.parametrize("how", list(ODD))
def test_what_says_no_one_thing_is_refused(how: str, tmp_path: Path) -> None:
    text, words = ODD[how]
    with pytest.raises(ValueError, match=words):
        parsed(text)
    (tmp_path / "config.json").write_text(text)
    (tmp_path / "result.json").write_text(text)
    if "number" not in words:
        refused(lambda: read_json(tmp_path / "result.json"), "result.json")
    for read in (read_trained, *(kind.read for kind in KINDS.values())):
        refused(lambda read=read: read(tmp_path / "result.json"), "result.json")
    refused(lambda: read_config(RunDirectory(tmp_path)), "config.json")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    for content in (b'{"a": "\xff"}', b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}"):
        (tmp_path / "result.json").write_bytes(content)
        refused(lambda: RunResult.read(tmp_path / "result.json"), "result.json: not JSON")


def refused(read: object, words: str) -> None:
    with pytest.raises(NeuroffError, match=words) as caught:
        read()  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700
