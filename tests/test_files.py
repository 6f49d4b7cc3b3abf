"""Files that are whole or absent, and nothing else replaced."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from neuroff.claims import lock
from neuroff.errors import DataError, RunError
from neuroff.files import (
    MAX_JSON_VALUES,
    MAX_TENSORS,
    forget_temporaries,
    read_json,
    read_tensors,
    require_free,
    require_regular,
    sha256_of,
    write_bytes,
    write_json,
    write_tensors,
)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (read_json, read_tensors, sha256_of, require_regular):
        with pytest.raises(RunError, match="pipe: a pipe, not a regular file; expected a file"):
            read(tmp_path / "pipe")
        with pytest.raises(RunError, match="a folder"):
            read(tmp_path)
        with pytest.raises(RunError, match=r"cannot read .No such file"):
            read(tmp_path / "missing")
        with pytest.raises(RunError, match="a path with a zero byte"):
            read(tmp_path / "a\0b")
        with pytest.raises(RunError, match=r"cannot read .File name too long") as found:
            read(tmp_path / ("a" * 5000))
        assert len(str(found.value)) < 600
    with pytest.raises(DataError, match="not a regular file"):
        require_regular(Path("/dev/null"), DataError)


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    write_bytes(tmp_path / "link", b"one")
    write_bytes(tmp_path / "link", b"two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == b"two"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"through")
    reader.join(10)
    assert found == [b"through"]
    assert not pipe.is_file()


def test_what_is_written_through_need_not_be_overwritten(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    for free in (tmp_path / "pipe", Path("/dev/stdout"), Path("/dev/null"), tmp_path / "nothing"):
        if not free.is_file():  # pytest makes standard output a file
            assert require_free(free) == free
    for taken in (tmp_path, tmp_path / "file", tmp_path / "link"):
        with pytest.raises(RunError, match=r"is there already. Name another, or overwrite it with --force"):
            require_free(taken)
        assert require_free(taken, force=True) == taken


def test_a_device_is_written_to_and_a_full_one_is_one_message() -> None:
    write_bytes(Path("/dev/null"), b"gone")
    assert not Path("/dev/null").is_file()
    with pytest.raises(RunError, match=r"cannot write .No space left on device"):
        write_bytes(Path("/dev/full"), b"more")


def test_a_folder_and_a_path_that_cannot_be_are_one_message(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / ("a" * 5000), tmp_path / "a\0b"):
        with pytest.raises(RunError, match=r"cannot write|zero byte"):
            write_bytes(path, b"")
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    left = [tmp_path / ".result.json.abcd1234", tmp_path / ".result.json.zz_zz_zz"]
    kept = [
        tmp_path / name for name in ("result.json", ".result.json.short", ".other.json.abcd1234", ".hidden")
    ]
    for path in (*left, *kept):
        path.touch()
    forget_temporaries(tmp_path / "result.json")
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_what_is_being_written_is_not_taken_for_what_a_kill_left(tmp_path: Path) -> None:
    busy = tmp_path / ".result.json.abcd1234"
    with busy.open("wb") as stream:
        assert lock(stream.fileno())
        write_bytes(tmp_path / "result.json", b"other")
        assert busy.exists()
    write_bytes(tmp_path / "result.json", b"more")
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_json_of_more_values_than_memory_holds_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bomb.json"
    file.write_text('{"a":[' + "[]," * (MAX_JSON_VALUES // 2 + 1) + "[]]}")
    started = time.monotonic()
    with pytest.raises(RunError, match="values; expected at most"):
        read_json(file)
    assert time.monotonic() - started < 1
    for text in ("[" * 10_000_000, '{"a":' * 1_000_000, f'{{"a":{"9" * 100_000}}}'):
        file.write_text(text)
        with pytest.raises(RunError, match=r"not JSON|values"):
            read_json(file)


def test_a_bit_anywhere_in_tensors_or_values_is_missed(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_tensors(file, {"w": torch.arange(4.0), "b": torch.ones(2, dtype=torch.bool)}, {"c": [1, 2]})
    whole = file.read_bytes()
    for place in range(len(whole) * 8):
        broken = bytearray(whole)
        broken[place // 8] ^= 1 << place % 8
        file.write_bytes(broken)
        if place // 8 in range(8 + int.from_bytes(whole[:8], "little")) and b" " in broken[place // 8 :][:1]:
            continue  # blanks that fill the header up
        with pytest.raises(RunError):
            read_tensors(file)


def test_tensors_of_a_type_that_nothing_computes_with_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file({"w": torch.zeros(3).to(torch.float8_e4m3fn)}, file, {"neuroff": "{}"})
    with pytest.raises(RunError, match="tensor 'w' of type F8_E4M3; expected BF16, BOOL"):
        read_tensors(file)


def test_more_tensors_than_any_network_has_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_file({f"t{index}": torch.zeros(0) for index in range(MAX_TENSORS + 1)}, file, {"neuroff": "{}"})
    with pytest.raises(RunError, match=f"{MAX_TENSORS + 1} tensors"):
        read_tensors(file)


def test_a_tensor_of_one_number_with_a_stride(tmp_path: Path) -> None:
    """What a layer one neuron wide has: contiguous to PyTorch, whatever its stride."""
    one = torch.arange(785.0)[::785]
    assert one.stride() == (785,)
    write_tensors(tmp_path / "a", {"w": one, "m": torch.ones(785, 3).T[:1]}, {})
    assert torch.equal(read_tensors(tmp_path / "a")[0]["w"], one)


def test_values_come_back(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", {"w": torch.arange(3)}, {"b": [1, 2]})
    tensors, values = read_tensors(tmp_path / "a")
    assert torch.equal(tensors["w"], torch.arange(3))
    assert values == {"b": [1, 2]}
    write_json(tmp_path / "b", {"c": 1.5})
    assert read_json(tmp_path / "b") == {"c": 1.5}


SHAPES = (
    [2**40],
    [2**63, 0],
    [0, 2**63],
    [0, 2**64 - 1],
    [2**32, 2**32],
    [2**32, 2**32, 0],
    [-1],
    [1.5],
    ["1"],
)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes_beyond_what_a_file_holds_are_refused_and_not_allocated(
    tmp_path: Path, shape: list[object]
) -> None:
    file = tmp_path / "a.safetensors"
    tensor = {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}
    header = json.dumps({"__metadata__": {"neuroff": "{}"}, "w": tensor}).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(RunError, match=r"a\.safetensors: not a file written by neuroff") as caught:
        read_tensors(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '{"a": NaN}', '{"a": 1e999}', '{"a": ' + "1" * 5000 + "}", "[" * 10**5, "["]
)
def test_values_of_a_header_that_say_no_one_thing_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.safetensors"
    save_file({"w": torch.zeros(3)}, file, {"neuroff": "0" * 64 + text})
    with pytest.raises(RunError, match=r"a\.safetensors: not a file written by neuroff"):
        read_tensors(file)
