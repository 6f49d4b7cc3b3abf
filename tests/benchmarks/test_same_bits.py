from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.same_bits import differences, digest_arrays, digest_file, digest_json, main, steady


def test_what_may_differ_is_left_out_at_any_depth() -> None:
    one = {"a": 1, "seconds": 2.0, "list": [{"commit": "x", "b": 3}]}
    other = {"a": 1, "seconds": 9.0, "list": [{"commit": "y", "b": 3}]}
    assert steady(one) == {"a": 1, "list": [{"b": 3}]}
    assert digest_json(one) == digest_json(other)
    assert digest_json(one) != digest_json(one | {"a": 2})


def test_key_order_counts() -> None:
    assert digest_json({"a": 1, "b": 2}) != digest_json({"b": 2, "a": 1})


@pytest.mark.parametrize(
    "other", [np.array([1.0, 2.5]), np.array([1, 2]), np.array([[1.0, 2.0]]), np.array([1.0, 2.0 + 1e-15])]
)
def test_one_bit_type_or_shape_is_another_digest(other: np.ndarray) -> None:
    assert digest_arrays({"x": np.array([1.0, 2.0])}) == digest_arrays({"x": np.array([1.0, 2.0])})
    assert digest_arrays({"x": np.array([1.0, 2.0])}) != digest_arrays({"x": other})


def test_versions_in_text_are_left_out(tmp_path: Path) -> None:
    for name, version in (("one.h", "0.1.0"), ("two.h", "0.2.0")):
        (tmp_path / name).write_text(f"// neuroff {version} (commit abc)\nint x = 3;\n")
    assert digest_file(tmp_path / "one.h") == digest_file(tmp_path / "two.h")


def test_comparing_names_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3, "z": 4}}
    for name, values in records.items():
        (tmp_path / name).write_text(json.dumps(values))
    assert differences(records["a"], records["b"]) == ["y", "z"]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert capsys.readouterr().out.split() == ["y", "z"]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "a")]) == 0
