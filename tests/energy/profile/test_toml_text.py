from __future__ import annotations

import contextlib
import math
import os
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.energy import load_profile
from neuroff.energy.profile.checking import profile_from_mapping
from neuroff.energy.profile.toml_text import MAX_BYTES, line_index, line_of, parse
from neuroff.errors import ProfileError


def write(folder: Path, content: bytes) -> Path:
    path = folder / "profile.toml"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = = 1\n", r"profile.toml: not TOML: .*line 1.*Correct the syntax there"),
        (b"[a]\nb = 1\nb = 2\n", r"not TOML: Cannot overwrite a value \(at line 3"),
        (
            b"a = 1\nb = '\xff'\n",
            r"profile.toml, line 2: byte 0xff is not UTF-8; expected text in UTF-8. Save",
        ),
        (b"\x00", "not TOML"),
        (b"a = 1 #" + b"x" * MAX_BYTES, "too large; expected a profile of at most 200 kB"),
        (b"a = " + b"[" * 50_000, "nested too deeply; expected tables and arrays at most 12 levels"),
        (b"a = " + b"{a=" * 50_000, "nested too deeply"),
        (b"a = " + b"[" * 20 + b"]" * 20, "nested too deeply"),
        (b"x = 1\n" + b"a." * 90_000 + b"a = 1", "line 2: nested too deeply"),
        (b"[" + b'"a" . ' * 30_000 + b"a]", "nested too deeply"),
        (b"a = " + b"9" * 5000, "a number has thousands of digits"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
def test_files_that_are_no_profile(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        load_profile(write(tmp_path, content))


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"none.toml: no such file.*Check the path, or name a profile"):
        load_profile(tmp_path / "none.toml")
    with pytest.raises(ProfileError, match="a folder; expected a TOML file"):
        load_profile(tmp_path)
    with pytest.raises(ProfileError, match="a path with a zero byte"):
        load_profile("a\0b.toml")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ProfileError, match="a pipe, not a regular file; expected a TOML file"):
        load_profile(tmp_path / "pipe.toml")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path, toy: str) -> None:
    path = write(tmp_path, b"\xef\xbb\xbf" + toy.replace("\n", "\r\n").encode())
    assert load_profile(path).id == "toy"
    path = write(tmp_path, toy.replace("value_J = 2", "value_pJ = 2").replace("\n", "\r\n").encode())
    with pytest.raises(ProfileError, match=r"line 18, \[energy.synop\] value_pJ"):
        load_profile(path)


def test_dots_in_text_are_not_nesting(tmp_path: Path, toy: str) -> None:
    text = toy.replace("Somebody, 2020", "A. B. C. D. E. F. G. H. I. J. K. L. M. N. O. P., 2020.")
    text = text.replace("A. B. C.", "See www.example.org for more. A. B. C.")
    assert load_profile(write(tmp_path, text.encode())).source[0].citation.startswith("See")


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_the_same_way(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("bytes"), content)
    with pytest.raises(ProfileError, match=r"profile\.toml"):
        load_profile(path)


keys = st.sampled_from(
    ["id", "key", "name", "learning", "synop", "per", "value_J", "read", "chip", "", "\x1b"]
)
toml_values = st.recursive(
    st.sampled_from([0, -1, 1e-12, math.nan, math.inf, 10**400, True, "", "1.0", "\ud800", date(2020, 1, 1)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["schema", "meta", "source", "energy", "memory", "static", "time", "limits", "x"]),
        toml_values,
    )
)
def test_any_content_is_refused_in_the_same_way(content: dict[str, object]) -> None:
    with pytest.raises(ProfileError, match="here"):
        profile_from_mapping(content, "here")


TEXT = '''# comment
schema = "1.0"
note = """
[not.a.table]
fake = 1
""" # closed """
[meta]
id = 'x' # """
"quoted key" = 1
a.b = 2
[[source]]
key = "a"
[[source]]
key = "b"
[energy . "learning".trace]
per = [
  "x = 1",
]
[[memory]]
name = "m"
[memory.read]
value_J = 3
[[memory]]
read = { value_J = 1 }
'''


def test_line_index() -> None:
    index = line_index(TEXT)
    assert tomllib.loads(TEXT)["memory"][1]["read"]["value_J"] == 1
    assert index[("schema",)] == 2
    assert index[("note",)] == 3
    assert ("not", "a", "table") not in index
    assert ("fake",) not in index
    assert index[("meta",)] == 7
    assert index[("meta", "id")] == 8
    assert index[("meta", "quoted key")] == 9
    assert index[("meta", "a", "b")] == 10
    assert index[("source", 0, "key")] == 12
    assert index[("source", 1)] == 13
    assert index[("source", 1, "key")] == 14
    assert index[("energy", "learning", "trace")] == 15
    assert index[("energy",)] == 15
    assert index[("energy", "learning", "trace", "per")] == 16
    assert ("energy", "learning", "trace", "x") not in index
    assert index[("memory", 0, "read", "value_J")] == 22
    assert line_of(("memory", 1, "read", "value_J"), index) == 24
    assert line_of(("nowhere", "at", "all"), index) is None


@given(st.text(alphabet="[]=\"'#.a\n \t", max_size=200))
def test_line_index_and_parser_accept_any_text(text: str) -> None:
    lines = text.count("\n") + 1
    assert all(1 <= line <= lines for line in line_index(text).values())
    with contextlib.suppress(ProfileError):
        assert isinstance(parse(text, "here"), dict)
