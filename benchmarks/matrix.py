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
import math
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import annotated_types
import numpy as np
import torch
from pydantic.fields import FieldInfo

import neuroff
from neuroff.choices import Path as PathName
from neuroff.choices import PresetName
from neuroff.config import Config
from neuroff.config.inputs import prepare
from neuroff.config.schema import Section
from neuroff.errors import Interrupted, NeuroffError
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.measuring import measure

_MEMORY = 6 * 2**30
_SECONDS = 60
_BATCHES = 3
SMALL = ("widths=20,12", "epochs=1", "train_count=80", "neuron.steps=3", "evaluate_every=0")
PATHS: tuple[PathName, ...] = ("dense", "spiking")
PRESETS: tuple[PresetName, ...] = ("demo", "groups")


@dataclass(frozen=True)
class Case:
    """One training.

    Attributes:
        name: of the case.
        settings: over a small network.
        path: dense or spiking.
        preset: where settings start.
        data: made of numbers, by name; the digits without.
        whole: whether it is trained to its end, measured and priced.
        refused: whether only a refusal is right.
    """

    name: str
    settings: tuple[str, ...] = ()
    path: PathName = "dense"
    preset: PresetName = "demo"
    data: str = "digits"
    whole: bool = True
    refused: bool = False


def shapes() -> Iterator[Case]:
    """Yield networks and data of extreme sizes, and layers that say nothing."""
    settings = {
        "width 1": ("widths=1,1",),
        "depth 1": ("widths=20",),
        "depth 8": ("widths=12,12,12,12,12,12,12,12",),
        "one training image": ("train_count=1",),
        "one image a batch": ("batch_size=1", "train_count=5"),
    }
    spiking = {
        "T = 1": ("neuron.steps=1",),
        "silent layers": ("neuron.threshold=1e9",),
        "saturated layers": ("neuron.threshold=1e-9", "gain=constant"),
    }
    for preset in PRESETS:
        beside = ("label.place=beside",) if preset == "demo" else ()
        for path in PATHS:
            for name, given in {**settings, **(spiking if path == "spiking" else {})}.items():
                yield Case(f"{name}, {preset}, {path}", given, path, preset)
            for classes in (2, 1000):
                groups = () if beside else (f"widths={classes + 5},{classes + 5}",)
                wide = (*groups, "train_count=none", *beside)
                yield Case(f"K = {classes}, {preset}, {path}", wide, path, preset, f"{classes} classes")
            yield Case(
                f"one row a class, {preset}, {path}", ("train_count=none", *beside), path, preset, "pairs"
            )


def made(name: str) -> Any:
    """Return a data set of a case."""
    if name == "digits":
        return neuroff.load("digits")
    draw = np.random.default_rng(0)
    classes = 2 if name == "pairs" else int(name.split()[0])
    labels = np.arange(classes * (1 if name == "pairs" or classes > 10 else 2)) % classes
    rows = draw.random((len(labels), 1010 if classes > 10 else 12)).astype(np.float32)
    return neuroff.DataSet.from_arrays(rows, labels, rows, labels)


def numbers(section: type[Section] = Config, prefix: str = "") -> Iterator[tuple[str, FieldInfo, type]]:
    """Yield key, field and type of every numeric setting, as the configuration describes itself."""
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from numbers(inner, f"{prefix}{name}.")
            continue
        kinds = _kinds(inner)
        for kind in (int, float):
            if kind in kinds:
                yield f"{prefix}{name}", field, kind
                break


def _kinds(annotation: Any) -> set[Any]:
    found = {annotation}
    for part in get_args(annotation):
        found |= _kinds(part) if not isinstance(part, FieldInfo | str) else set()
    return found


def bounds(field: FieldInfo) -> dict[str, float]:
    """Return the ends that a field declares: ge, gt, le, lt."""
    found: dict[str, float] = {}
    for part in _constraints(field.annotation, field.metadata):
        for sign in ("ge", "gt", "le", "lt"):
            if getattr(part, sign, None) is not None:
                found[sign] = getattr(part, sign)
    return found


def _constraints(annotation: Any, metadata: list[Any]) -> Iterator[Any]:
    for part in metadata:
        yield from getattr(part, "metadata", None) or (part,)
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield from part.metadata
        elif isinstance(part, annotated_types.BaseMetadata):
            yield part
        elif not isinstance(part, str):
            yield from _constraints(part, [])


def ends(field: FieldInfo, kind: type) -> Iterator[tuple[str, bool]]:
    """Yield values at the ends of a field and beyond, and whether only a refusal is right."""
    found = bounds(field)

    def step(value: float, way: int) -> float:
        return value + way if kind is int else float(np.nextafter(value, way * math.inf))

    for sign, way in (("ge", -1), ("gt", -1), ("le", 1), ("lt", 1)):
        if sign not in found:
            continue
        end = found[sign]
        inside = end if sign in ("ge", "le") else step(end, -way)
        outside = end if sign in ("gt", "lt") else step(end, way)
        yield repr(kind(inside)), False
        yield repr(kind(outside)), True
    if not found.keys() & {"ge", "gt"}:
        yield ("-1" if kind is int else "-1e30"), False
    for text in ("nan", "inf", "-inf", "1e999", "x", "") if kind is float else ("nan", "1.5", "x", ""):
        yield text, text in ("nan", "inf", "-inf", "1e999", "x", "1.5")


def settings() -> Iterator[Case]:
    """Yield every numeric setting at its ends and beyond, on the path that has it."""
    for key, field, kind in numbers():
        path: PathName = "spiking" if key.startswith("neuron.") or key.endswith("delay") else "dense"
        for value, refused in ends(field, kind):
            yield Case(f"{key}={value}", (f"{key}={value}",), path, whole=False, refused=refused)


def cases() -> Iterator[Case]:
    """Yield all cases."""
    yield from shapes()
    yield from settings()


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


def tried(case: Case) -> dict[str, Any]:
    """Train a case in a child; a fault is what ends in neither of the two good ways."""
    reads, writes = os.pipe()
    started = time.monotonic()
    with TemporaryDirectory() as folder:
        child = os.fork()
        if not child:
            _child(case, Path(folder), writes)
        os.close(writes)
        with os.fdopen(reads, "rb") as stream:
            told = stream.read()
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    kind, words = json.loads(told) if told else ("fault", f"the process ended with {code}")
    if code == -signal.SIGALRM and not case.refused:
        kind, words = ("slow" if case.whole else "right"), f"is at work after {_SECONDS} s"
    seconds = round(time.monotonic() - started, 2)
    return {"case": case.name, "outcome": kind, "words": words[:200], "s": seconds}


def _child(case: Case, folder: Path, writes: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_SECONDS)
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
