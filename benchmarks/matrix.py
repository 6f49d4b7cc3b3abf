"""Networks, data and numbers at their ends and beyond: right, or one message.

    python -m benchmarks.matrix [--json FILE] [--only TEXT]

trains each case in a child of its own, with six gigabytes and a minute, and reads, measures and
prices what was trained. A case is right if all of it is done with finite numbers, clear if one of neuroff's
own errors ends it, and a fault otherwise. The ends of every numeric setting are those that the
configuration itself declares: nobody lists them. At an end a training counts as right once it has begun:
two billion epochs are not waited for.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

import neuroff
from benchmarks.matrix_cases import PATHS, SMALL, Case, cases, made, numbers
from neuroff.config.inputs import prepare
from neuroff.errors import Interrupted, NeuroffError
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.measuring import measure

_MEMORY = 6 * 2**30
_SECONDS = 60
_BATCHES = 3


def outcome(case: Case, folder: Path) -> tuple[str, str]:
    """Train a case in this process; return what came of it and in which words."""
    try:
        config = neuroff.preset(case.preset, path=case.path, variant="acff", dataset="digits")
        config = neuroff.apply_settings(config, [*SMALL, *case.settings])
        asked = iter(range(10**9))
        run = RunDirectory(folder / "run")
        stop = (lambda: False) if case.whole else (lambda: next(asked) >= _BATCHES)
        result = train_run(run, config, made(case.data), should_stop=stop)
        words = "; ".join(result.warnings)
        if case.whole:
            _used(run, made(case.data))
    except Interrupted:
        words = "has begun"
    except NeuroffError as error:
        return "clear", str(error)
    if case.refused:
        return "fault", f"was accepted: {words}"
    return "right", words


def _used(run: RunDirectory, data: Any) -> None:
    trained = load_run(run)
    accuracy = measure(trained, data).accuracy
    if not all(value is None or 0 <= value <= 1 for value in accuracy.values()):
        raise ValueError(f"an accuracy of {accuracy}")
    tensors = [tensor for layer in trained.network.layers for tensor in layer.tensors().values()]
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors):
        raise ValueError("weights that are not finite")
    split = prepare(data, trained.config)
    neuroff.energy_report(trained.network, split, ("loihi1-davies2018",), images=4)


def warm() -> None:
    """Load in this process what every child would load for itself."""
    for path in PATHS:
        with TemporaryDirectory() as folder:
            outcome(Case("warm", (), path), Path(folder))


def tried(case: Case, seconds: int = _SECONDS) -> dict[str, Any]:
    """Train a case in a child for so long at most; a fault is what ends in neither of the two good ways."""
    reads, writes = os.pipe()
    started = time.monotonic()
    with TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            _child(case, Path(folder), writes, seconds)
        os.close(writes)
        with os.fdopen(reads, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    kind, words = json.loads(told) if told else ("fault", f"the process ended with {code}")
    if code == -signal.SIGALRM and not case.refused:
        kind, words = ("slow" if case.whole else "right"), f"is at work after {seconds} s"
    taken = round(time.monotonic() - started, 2)
    return {"case": case.name, "outcome": kind, "words": words[:200], "s": taken}


def _child(case: Case, folder: Path, writes: int, seconds: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        try:
            found = outcome(case, folder)
        except BaseException as error:
            found = ("fault", f"{type(error).__name__}: {error}")
        os.write(writes, json.dumps(found).encode()[:60_000])
    finally:
        sys.stdout.flush()
        os._exit(0)


def main() -> None:
    """Try every case, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    from neuroff.provenance import commit, machine, versions

    torch.set_num_threads(1)
    warm()
    found = []
    for case in cases():
        if given.only in case.name:
            found.append(tried(case))
            if found[-1]["outcome"] in ("fault", "slow") or found[-1]["s"] > 8:
                print(json.dumps(found[-1], ensure_ascii=False), flush=True)
    counts = Counter(each["outcome"] for each in found)
    print(dict(counts), f"slowest {max(each['s'] for each in found)} s")
    if given.json:
        result = {
            "what": "sizes and numbers at their ends and beyond, each trained in a child of its own",
            "cases": len(found),
            "settings": sum(1 for _ in numbers()),
            "outcomes": dict(counts),
            "shapes": [
                each for each in found if "=" not in each["case"].partition(",")[0].replace(" = ", " ")
            ],
            "faults": [each for each in found if each["outcome"] == "fault"],
            "slowest_s": max(each["s"] for each in found),
            "versions": versions(),
            "commit": commit(),
            "machine": machine("cpu"),
        }
        given.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
