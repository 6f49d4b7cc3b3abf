"""The process that reads HDF5 files: files do not touch each other, and none stays with the caller."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroff.exchange.nir.write import write_nir
from neuroff.hdf5.files import write_hdf5
from neuroff.hdf5.frames import ENDED, REPLY, STARTED, Frames, Late, Lost, head
from neuroff.hdf5.process import Reader, Unread
from neuroff.hdf5.reply import unpacked
from tests.graphs import random_graph
from tests.hdf5.test_files import children_of, endless


@pytest.fixture
def shared() -> Iterator[Reader]:
    made = Reader(os.getpid())
    yield made
    made.close()


def asked(shared: Reader, path: Path, seconds: float = 30.0, processor_s: float = 1.0) -> bytes | str:
    try:
        return bytes(shared.asked(str(path), seconds, processor_s, False))
    except Unread as error:
        return str(error)


def damaged(home: Path, count: int) -> list[Path]:
    write_nir(random_graph("lif", "zero", widths=(4, 3)), home / "whole.nir")
    content, stream = (home / "whole.nir").read_bytes(), random.Random(5)
    found = []
    for number in range(count):
        changed = bytearray(content)
        for _ in range(number % 4):  # every fourth is whole
            changed[stream.randrange(len(changed))] = stream.randrange(256)
        path = home / f"{number}.nir"
        path.write_bytes(changed)
        found.append(path)
    return found


def test_what_is_read_does_not_depend_on_what_was_read_before(tmp_path: Path, shared: Reader) -> None:
    files = damaged(tmp_path, 120)
    forth = [asked(shared, path) for path in files]
    back = [asked(shared, path) for path in reversed(files)][::-1]
    assert forth == back
    assert len({forth[number] for number in range(0, 120, 4)}) == 1
    assert 10 < sum(b'"error"' in each[:10] for each in forth if isinstance(each, bytes)) < 90


def test_a_file_that_is_replaced_is_read_anew(tmp_path: Path, shared: Reader) -> None:
    path, files = tmp_path / "same.h5", damaged(tmp_path, 8)
    for number in range(40):
        path.write_bytes(files[number % 8].read_bytes())  # whole and damaged, in the same place
        asked(shared, path)
        write_hdf5(tmp_path / "new.h5", {"number": np.full(3, number)})
        path.write_bytes((tmp_path / "new.h5").read_bytes())
        assert unpacked(shared.asked(str(path), 30.0, 1.0, False))["number"].tolist() == [number] * 3


def fall(shared: Reader, with_signal: int) -> None:
    """Once it reads, end the child that reads."""
    while not (children := reading(shared)):
        time.sleep(0.01)
    os.kill(children[0], with_signal)


def reading(shared: Reader) -> list[int]:
    """Return the child that is within the file's loop: not one that a library starts while it is loaded."""
    return (
        [] if shared.pid is None else [each for each in children_of(shared.pid) if _processor_s(each) > 0.2]
    )


def _processor_s(pid: int) -> float:
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:  # it has ended
        return 0.0
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def test_the_library_falls_over_a_file(tmp_path: Path, shared: Reader) -> None:
    endless(tmp_path / "graph.nir")
    ending = threading.Thread(target=fall, args=(shared, signal.SIGSEGV))
    ending.start()
    assert asked(shared, tmp_path / "graph.nir", processor_s=20.0) == "reading ended with code -11"
    ending.join()
    write_hdf5(tmp_path / "good.h5", {"one": 1})
    assert isinstance(asked(shared, tmp_path / "good.h5"), bytes)


@pytest.mark.parametrize("with_signal", [signal.SIGSEGV, signal.SIGKILL])
def test_one_that_has_read_others_is_not_believed_when_it_falls(
    tmp_path: Path, shared: Reader, with_signal: int
) -> None:
    write_hdf5(tmp_path / "good.h5", {"one": 1})
    good = asked(shared, tmp_path / "good.h5")
    endless(tmp_path / "graph.nir")
    ending = threading.Thread(target=fall, args=(shared, with_signal))
    ending.start()
    found = asked(shared, tmp_path / "graph.nir", processor_s=1.0)  # of another child, which nobody ends
    ending.join()
    assert found == "reading takes longer than 1 s of a processor"
    assert asked(shared, tmp_path / "good.h5") == good


def test_one_that_falls_between_two_files(tmp_path: Path, shared: Reader) -> None:
    write_hdf5(tmp_path / "one.h5", {"one": 1})
    write_hdf5(tmp_path / "two.h5", {"two": 2})
    answers = [asked(shared, tmp_path / f"{name}.h5") for name in ("one", "two")]
    assert shared.pid is not None
    for _ in range(3):
        os.kill(children_of(shared.pid)[0], signal.SIGSEGV)
        assert [asked(shared, tmp_path / f"{name}.h5") for name in ("one", "two")] == answers


def test_a_child_that_a_file_made_grow_is_replaced(tmp_path: Path, shared: Reader) -> None:
    write_hdf5(tmp_path / "good.h5", {"one": 1})
    write_hdf5(tmp_path / "zeros.h5", {"zeros": np.zeros(2**24)})
    asked(shared, tmp_path / "good.h5")
    assert shared.pid is not None
    before = children_of(shared.pid)
    asked(shared, tmp_path / "good.h5")
    assert children_of(shared.pid) == before
    assert unpacked(shared.asked(str(tmp_path / "zeros.h5"), 30.0, 5.0, False))["zeros"].shape == (2**24,)
    asked(shared, tmp_path / "good.h5")
    assert children_of(shared.pid) != before


def test_a_caller_that_is_interrupted_reads_the_next_file(tmp_path: Path, shared: Reader) -> None:
    endless(tmp_path / "graph.nir")
    write_hdf5(tmp_path / "good.h5", {"one": 1})
    good = asked(shared, tmp_path / "good.h5")

    def interrupted(number: int, at: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupted)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            asked(shared, tmp_path / "graph.nir", processor_s=20.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert asked(shared, tmp_path / "good.h5") == good


def test_frames_come_in_pieces_late_or_never() -> None:
    reads, writes = os.pipe()
    frames = Frames(reads)
    sent = head(STARTED) + head(REPLY, 5) + b"words" + head(ENDED, 3) + b"-11"
    for at in range(len(sent)):
        os.write(writes, sent[at : at + 1])
    came = [(kind, bytes(content)) for kind, content in (frames.next(1.0) for _ in range(3))]
    assert came == [(STARTED, b""), (REPLY, b"words"), (ENDED, b"-11")]
    os.write(writes, sent[:5])
    with pytest.raises(Late):
        frames.next(0.01)
    os.close(writes)
    with pytest.raises(Lost):
        frames.next(1.0)
    os.close(reads)
