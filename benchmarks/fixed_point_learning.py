"""Forward-Forward learning in a chip's integers: accuracy of FF, F-CFF and A-CFF, and what limits cost.

Networks learn inside the fixed-point emulator: 7-bit traces, 8-bit weights, one modulator a layer, rounded
stochastically. The last sixth of the training images is held out: for choosing settings, and for the
ablation, which changes one limit at a time on fewer images and one layer. Test images are predicted once in a
run, at the end. Results are kept after every epoch; a run that was cut off goes on where it was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from benchmarks.measure import surroundings
from benchmarks.output import benchmark_parser, finish, positive
from neuroff.chip.learning import (
    LearnerState,
    LearningPlan,
    Schedule,
    Variant,
    accuracy,
    all_goodness,
    flat,
    group_learner,
    learn_epoch,
    learner,
    learning_energy,
    load_state,
    save_state,
)
from neuroff.data import load
from neuroff.energy import Counts, list_profiles, load_profile
from neuroff.errors import RunError
from neuroff.files import read_json, write_json

_EXAMPLES = """examples:
  python -m benchmarks.fixed_point_learning --folder kept             everything, MNIST; hours
  python -m benchmarks.fixed_point_learning --folder kept --only ff   one variant, or "ablation"
  python -m benchmarks.fixed_point_learning --folder kept --dataset digits --widths 100 --epochs 10
  python -m benchmarks.fixed_point_learning --folder kept-groups --asking groups --only ff
"""
_ABLATION_HELD_OUT = 5000
Asking = Literal["label", "groups"]
_MAKERS: dict[str, Callable[..., tuple[LearningPlan, LearnerState]]] = {
    "label": learner,
    "groups": group_learner,
}


@dataclass(frozen=True)
class Case:
    """One network that learns.

    Attributes:
        name: of its files.
        widths: neurons of its layers.
        variant: see `neuroff.chip.learning.learner`.
        images: training images; all that are not held out if ``None``.
        held_out: images that are predicted after every epoch; all that are held out if ``None``.
        schedule: of its epochs.
        tested: whether test images are predicted at the end.
        changed: arguments of `learner`, or of the schedule, other than the recipe's.
    """

    name: str
    widths: tuple[int, ...]
    variant: Variant
    images: int | None
    held_out: int | None
    schedule: Schedule
    tested: bool
    changed: dict[str, Any] = field(default_factory=dict)
    asking: Asking = "label"

    @property
    def presentations(self) -> int:
        """How often learning presents an image."""
        return 2 if self.asking == "label" else 1


ABLATIONS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "as it is, seed 1": {"seed": 1},
    "as it is, seed 2": {"seed": 2},
    "one presentation per write": {"batch_size": 1},
    "traces of 5 bits": {"trace_bits": 5},
    "traces of 3 bits": {"trace_bits": 3},
    "traces of 1 bit": {"trace_bits": 1},
    "weights of 6 bits": {"weight_bits": 6},
    "weights of 5 bits": {"weight_bits": 5},
    "weights of 4 bits": {"weight_bits": 4},
    "weights of 3 bits": {"weight_bits": 3},
    "rounded to nearest": {"rounding": "nearest"},
    "rounded to nearest, one presentation per write": {"rounding": "nearest", "batch_size": 1},
    "broadcast of 4 bits": {"broadcast_bits": 4},
    "broadcast of 2 bits": {"broadcast_bits": 2},
    "broadcast of 1 bit": {"broadcast_bits": 1},
    "broadcast 1 step late": {"delay": 1},
    "broadcast 2 steps late": {"delay": 2},
    "broadcast 4 steps late": {"delay": 4},
    "wrong labels all alike": {"hardness": 0.0},
}


@dataclass(frozen=True, eq=False)
class Images:
    """Training, held-out and test images, flat bytes, each with its labels."""

    train: tuple[Tensor, Tensor]
    held_out: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


def read_images(dataset: str) -> Images:
    """Return a data set's images; the last sixth of those for training is held out."""
    found = load(dataset)
    pixels, labels = flat(found.train_images), torch.as_tensor(found.train_labels)
    kept = len(pixels) - len(pixels) // 6
    return Images(
        (pixels[:kept], labels[:kept]),
        (pixels[kept:], labels[kept:]),
        (flat(found.test_images), torch.as_tensor(found.test_labels)),
    )


def learned(case: Case, images: Images, folder: Path) -> dict[str, Any]:
    """Let one network learn, or go on, and return its record: settings and the accuracy after each epoch."""
    pixels, labels = (part[: case.images] for part in images.train)
    held_out = tuple(part[: case.held_out] for part in images.held_out)
    options = dict(case.changed)
    of_schedule = {name: options.pop(name) for name in ("batch_size", "hardness") if name in options}
    schedule = replace(case.schedule, **of_schedule)
    plan, state = _MAKERS[case.asking](pixels, case.widths, case.variant, **options)
    path = folder / f"{case.name.replace(' ', '_').replace(',', '')}.json"
    asked = {
        "widths": list(case.widths),
        "variant": case.variant,
        "steps": plan.images.steps,
        "images": len(pixels),
        "held_out_images": len(held_out[0]),
        "changed": case.changed,
        "seed": plan.seed,
        "batch_size": schedule.batch_size,
        "hardness": schedule.hardness,
        "slower": list(schedule.slower),
        "epochs": schedule.epochs,
        **({} if case.asking == "label" else {"asking": case.asking}),
    }
    record: dict[str, Any] = {**asked, "held_out": [], "gammas": [], "events": []}
    if path.exists():
        record = read_json(path)
        if {name: record.get(name) for name in asked} != asked:
            raise RunError("results of other settings", where=str(path), fix="name another folder")
        state = load_state(path.with_suffix(".safetensors"), plan)
    for epoch in range(len(record["held_out"]), schedule.epochs):
        events = learn_epoch(plan, state, schedule, epoch, pixels, labels, _progress(case, epoch))
        record["held_out"].append(accuracy(plan, state, *held_out))
        record["gammas"].append(list(state.gammas))
        record["events"].append(events.per_image(case.presentations).to_dict())
        record["rule"] = str(plan.layers[0].rule)
        record["thresholds"] = [layer.modulator.theta for layer in plan.layers]
        save_state(path.with_suffix(".safetensors"), state)
        write_json(path, record)
        print(f"\r{case.name}: epoch {epoch + 1}, {record['held_out'][-1]:.2%} held out   ", file=sys.stderr)
    if case.tested and "test" not in record:
        record["test"] = accuracy(plan, state, *images.test)
        record["test_layers"] = _alone(plan, state, *images.test)
        write_json(path, record)
    return record


def _alone(plan: LearningPlan, state: LearnerState, pixels: Tensor, labels: Tensor) -> list[float]:
    """Return the accuracy of each layer's goodness by itself."""
    found = all_goodness(plan, state, pixels).argmax(1)
    return [float((one == labels).double().mean()) for one in found]


def cases(variants: Case, ablation: Case, only: str | None) -> list[Case]:
    """Return what is to be measured."""
    found = [replace(variants, name=name, variant=name) for name in get_args(Variant) if only in (None, name)]
    if only in (None, "ablation"):
        found += [replace(ablation, name=name, changed=changed) for name, changed in ABLATIONS.items()]
    return found


def energy(record: dict[str, Any]) -> dict[str, Any]:
    """Return the energy of learning from an image, in the last epoch, on the profiles that price it."""
    counts = Counts(record["events"][-1])
    profiles = [load_profile(name) for name in list_profiles()]
    return {name: priced.to_dict() for name, priced in learning_energy(counts, profiles).items()}


def price(kept: dict[str, Any]) -> dict[str, Any]:
    """Price anew what a result has counted, by the profiles as they are now."""
    found = {name: energy(kept["records"][name]) for name in kept["energy"]}
    return kept | {"energy": found, "priced_at": surroundings()["commit"]}


def measure(chosen: Sequence[Case], dataset: str, folder: Path) -> dict[str, Any]:
    """Measure all cases."""
    images = read_images(dataset)
    records = {case.name: learned(case, images, folder) for case in chosen}
    variants = {case.name: records[case.name] for case in chosen if case.tested}
    return {
        "benchmark": "fixed_point_learning",
        "learning": {name: record["test"] for name, record in variants.items()},
        "ablation": {
            name: record["held_out"][-1] for name, record in records.items() if name not in variants
        },
        "energy": {name: energy(record) for name, record in variants.items()},
        "records": records,
        "data": {"name": dataset, "test_images": len(images.test[0])},
        **surroundings(),
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{name:50}{found:8.2%} test" for name, found in result["learning"].items()]
    lines += [f"{name:50}{found:8.2%} held out" for name, found in result["ablation"].items()]
    for name, priced in result["energy"].items():
        for profile, one in priced.items():
            at_least = ">= " if one["is_lower_bound"] else ""
            lines.append(f"{name}, {profile}: {at_least}{one['energy_J']['nominal'] * 1e6:.3g} µJ an image")
    return "\n".join(lines)


def _progress(case: Case, epoch: int) -> Callable[[int], None]:
    def shown(images: int) -> None:
        if images % 1000 == 0:
            print(f"\r{case.name}: epoch {epoch + 1}, {images} images", end="", file=sys.stderr)

    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = benchmark_parser("benchmarks.fixed_point_learning", __doc__, _EXAMPLES)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--folder", type=Path, help="where results are kept")
    where.add_argument(
        "--price", type=Path, metavar="FILE", help="train nothing: price anew what a result file counted"
    )
    parser.add_argument("--only", choices=(*get_args(Variant), "ablation"), help="a part of it")
    parser.add_argument("--dataset", default="mnist", help="name of a data set (default: mnist)")
    parser.add_argument("--images", type=positive, help="training images (default: all not held out)")
    parser.add_argument("--epochs", type=positive, default=3, help="epochs (default: 3)")
    parser.add_argument("--batch", type=positive, default=20, help="images per write (default: 20)")
    parser.add_argument("--widths", default="500,500", help="neurons of the layers (default: 500,500)")
    parser.add_argument(
        "--asking", choices=get_args(Asking), default="label", help="way of asking (default: label)"
    )
    parser.add_argument("--hardness", type=float, default=0.003, help="of negatives (default: 0.003)")
    given = parser.parse_args(arguments)
    if given.price is not None:
        return finish(lambda: price(read_json(given.price)), table, as_json=given.json, out=given.out)
    widths = tuple(positive(part) for part in given.widths.split(","))
    schedule = Schedule(given.epochs, given.batch, tuple(range(1, given.epochs)), given.hardness)
    short = Schedule(2, given.batch, (1,), given.hardness)
    if given.asking == "groups" and given.only in (None, "ablation"):
        parser.error("--asking groups needs --only ff, fcff or acff: the ablation is of the label form")
    chosen = cases(
        Case("", widths, "ff", given.images, None, schedule, True, asking=given.asking),
        Case("", widths[:1], "ff", 6000, _ABLATION_HELD_OUT, short, False),
        given.only,
    )
    return finish(
        lambda: measure(chosen, given.dataset, given.folder), table, as_json=given.json, out=given.out
    )


if __name__ == "__main__":
    sys.exit(main())
