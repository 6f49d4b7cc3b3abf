"""Files with anything in them, reader by reader: one of neuroff's own errors, or something that was read.

    python -m benchmarks.fuzz --out FOLDER [--json FILE] [--count N] [--seconds S] [--only NAME,…]

makes every input from a valid file by a few changes (bits, bytes, numbers, pieces cut, doubled, exchanged
with another file's), by its number alone, so that any of them is made again. A reader runs in a process of
its own, with bounded memory; a fault is any exception that is none of neuroff's, a reading that takes more
than ten seconds of a processor or two minutes by the clock, and a process that falls. Each reader goes on
where FOLDER says it stands, up to `count` inputs or `seconds` of processor time, with its children's.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import re
import resource
import shutil
import signal
import struct
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fuzz_readers import READERS, Fuzzed
from neuroff.errors import NeuroffError

_SLOW_S = 10.0  # of a processor, the reader's own or its children's
_LONG_S = 120.0  # by the clock: longer than a reader that bounds itself may take on a busy machine
_STUCK_S = 180.0
_MEMORY = 6 * 2**30
_NUMBERS = (b"0", b"-1", b"1", b"2147483648", b"1e308", b"-1e999", b"NaN", b"1e-320", b"18446744073709551616")
_WORDS = (
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b'"\\u0000"',
    b"nan",
    b"inf",
    b",",
    b"\n",
    b"=",
    b"#",
    b"\xff\xfe",
)
_BYTES = (0, 1, 0x7F, 0x80, 0xFF)
_A_NUMBER = re.compile(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?")


class _Slow(Exception):
    """An input that takes too long."""


def changed(seeds: tuple[bytes, ...], number: int, seed: int, *, text: bool) -> bytes:
    """Return input `number`: a valid file with one to eight changes.

    Args:
        seeds: valid files.
        number: of the input.
        seed: of all inputs.
        text: whether numbers and words are exchanged too.
    """
    choose = random.Random(seed * 10**9 + number)
    data = bytearray(seeds[choose.randrange(len(seeds))])
    for _ in range(1 + int(choose.random() ** 2 * 8)):
        act = choose.randrange(11 if text else 7)
        size = len(data)
        at = choose.randrange(size) if size else 0
        length = min(1 + int(choose.random() ** 3 * 64), size - at)
        if act == 0 and size:
            data[at] ^= 1 << choose.randrange(8)
        elif act == 1 and size:
            data[at] = choose.choice(_BYTES)
        elif act == 2:
            del data[at : at + length]
        elif act == 3:
            data[at:at] = data[at : at + length] * choose.choice((1, 1, 2, 50))
        elif act == 4:
            other = seeds[choose.randrange(len(seeds))]
            start = choose.randrange(len(other))
            data[at : at + length] = other[start : start + choose.randrange(1, 65)]
        elif act == 5 and size >= 8:
            wide = choose.choice(("<i", ">i", "<q", "<f", "<d"))
            value = choose.choice((0, 1, -1, 127, 2**31 - 1, -(2**31), float("nan"), float("inf"), 1e30))
            whole = value if wide[1] in "fd" or isinstance(value, int) else 0
            packed = struct.pack(wide, whole)
            data[at : at + len(packed)] = packed
        elif act == 6 and choose.random() < 0.3:
            del data[at:]
        elif act > 6:
            found = list(_A_NUMBER.finditer(data, at, at + 400))
            if found and act < 9:
                place = choose.choice(found)
                data[place.start() : place.end()] = choose.choice(_NUMBERS + _WORDS)
            elif act == 9:
                data[at:at] = choose.choice(_WORDS)
            elif found:
                place = choose.choice(found)
                data[place.start() : place.end()] = str(choose.randrange(-(10**6), 10**6)).encode()
    return bytes(data)


@dataclass
class State:
    """Where a reader stands; one file of JSON."""

    file: Path

    def read(self) -> dict[str, Any]:
        """Return it."""
        start = {"inputs": 0, "read": 0, "refused": 0, "cpu_s": 0.0, "slowest_s": 0.0, "faults": []}
        return json.loads(self.file.read_text()) if self.file.exists() else start

    def write(self, state: dict[str, Any]) -> None:
        """Replace it."""
        whole = self.file.with_suffix(".new")
        whole.write_text(json.dumps(state))
        whole.replace(self.file)


def _told(error: BaseException) -> str:
    frames = [each for each in traceback.extract_tb(error.__traceback__) if "neuroff/" in each.filename]
    own = [each for each in frames if "/benchmarks/" not in each.filename]
    last = own[-1] if own else frames[-1] if frames else None
    place = f"{last.filename.rpartition('neuroff/')[2]}:{last.lineno}" if last else "?"
    return f"{type(error).__name__} at {place}: {str(error)[:120]}"


def _note(state: State, now: dict[str, Any], number: int, what: str) -> None:
    """Count a fault at once, since the next input may end the process."""
    kind = what.split(":", 2)[0:2]
    if sum(each["what"].split(":", 2)[0:2] == kind for each in now["faults"]) < 3:
        now["faults"].append({"input": number, "what": what})
    now["kinds"] = dict(Counter(now.get("kinds", {})) + Counter([":".join(kind)]))
    state.write(now)


def fuzz(reader: Fuzzed, state: State, count: int, seconds: float, seed: int, at: mmap.mmap) -> None:
    """Go on with a reader in this process; what it does is in `state`, the input it is at in `at`."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    def slow(number: int, frame: object) -> None:
        raise _Slow

    signal.signal(signal.SIGALRM, slow)
    home = state.file.with_suffix("")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    read = reader.prepare(home)
    now = state.read()
    spent, saved = now["cpu_s"], time.monotonic()
    while now["inputs"] < count and now["cpu_s"] < seconds:
        number = now["inputs"]
        at[:24] = struct.pack("<3Q", number, now["read"], now["refused"])
        content = changed(reader.seeds, number, seed, text=reader.text)
        started = time.perf_counter()
        try:
            signal.setitimer(signal.ITIMER_REAL, _LONG_S)
            read(content)
            now["read"] += 1
        except NeuroffError:
            now["refused"] += 1
        except _Slow:
            _note(state, now, number, f"Slow: more than {_LONG_S:g} s")
        except Exception as error:
            _note(state, now, number, _told(error))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.perf_counter() - started
        if took > _SLOW_S:  # by the clock; of a processor since the last look, a few quick inputs ago
            worked = spent + time.process_time() + reader.elsewhere_s() - now["cpu_s"]
            if worked > _SLOW_S:
                _note(state, now, number, f"Slow: more than {_SLOW_S:g} s of a processor")
        now["slowest_s"] = max(now["slowest_s"], round(took, 3))
        now["inputs"] += 1
        if number % 64 == 0 or took > _SLOW_S:
            now["cpu_s"] = round(spent + time.process_time() + reader.elsewhere_s(), 2)
            if time.monotonic() - saved > 2:
                state.write(now)
                saved = time.monotonic()
    now["cpu_s"] = round(spent + time.process_time() + reader.elsewhere_s(), 2)
    now["peak_rss_MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    state.write(now)
    shutil.rmtree(home, ignore_errors=True)


def watched(reader: Fuzzed, state: State, count: int, seconds: float, seed: int) -> dict[str, Any]:
    """Fuzz in a child, again behind every input that it falls over or stays in."""
    at = mmap.mmap(-1, 24)
    while True:
        child = os.fork()
        if not child:
            code = 1
            try:
                fuzz(reader, state, count, seconds, seed, at)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        ended, status, seen, since = 0, 0, b"", time.monotonic()
        while not ended:
            time.sleep(0.1)
            ended, status = os.waitpid(child, os.WNOHANG)
            if at[:8] != seen:
                seen, since = at[:8], time.monotonic()
            elif time.monotonic() - since > _STUCK_S:
                os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return state.read()
        if code == 1:
            raise SystemExit(f"{reader.name}: the fuzzer itself has failed")
        now = state.read()
        number, now["read"], now["refused"] = struct.unpack("<3Q", at[:24])
        now["inputs"] = number + 1
        _note(state, now, number, f"Fallen: the process ended with {code} in this input")


def main() -> None:
    """Fuzz every reader, and write the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=120.0, help="of processor time, a reader")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--input", type=int, help="read this one input of --only again, and let it fail")
    given = parser.parse_args()
    from neuroff.provenance import commit, machine, versions

    given.out.mkdir(parents=True, exist_ok=True)
    chosen = given.only.split(",") if given.only else list(READERS)
    if given.input is not None:
        _again(READERS[chosen[0]](), given.out / "again", given.input, given.seed)
        return
    for name in chosen:
        reader = READERS[name]()
        state = State(given.out / f"{name}.json")
        done = watched(reader, state, given.count, given.seconds, given.seed) | {"commit": commit()}
        state.write(done)
        print(name, {key: value for key, value in done.items() if key != "faults"}, flush=True)
        for fault in done["faults"]:
            print("  ", fault, flush=True)
    stands = {name: State(given.out / f"{name}.json").read() for name in READERS}
    result = {
        "what": "inputs made from valid files by one to eight changes, a reader each",
        "asked": given.count,
        "seed": given.seed,
        "readers": {name: state for name, state in stands.items() if state["inputs"]},
        "inputs": sum(state["inputs"] for state in stands.values()),
        "faults": sum(sum(state.get("kinds", {}).values()) for state in stands.values()),
        "versions": versions(),
        "commit": commit(),
        "machine": machine("cpu"),
    }
    if given.json:
        given.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _again(reader: Fuzzed, home: Path, number: int, seed: int) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    read: Callable[[bytes], object] = reader.prepare(home)
    content = changed(reader.seeds, number, seed, text=reader.text)
    (home / "input").write_bytes(content)
    try:
        read(content)
    except NeuroffError as error:
        print(error)


if __name__ == "__main__":
    main()
