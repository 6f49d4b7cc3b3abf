"""A trained run as work that `neuroff.energy` places and prices: one prediction, and a training sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from neuroff.config import Config, Variant, parse_config
from neuroff.config.build import build_network, build_plan
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import Plan
from neuroff.counting.forward import Activity, count_activity
from neuroff.counting.learning import TrainingActivity, count_training
from neuroff.energy.pricing.account import Counted
from neuroff.energy.pricing.exported import LEAST_BITS, MOST_BITS, ExportedWork, PricedAs
from neuroff.energy.pricing.learning import LearningWork, StageWork
from neuroff.errors import ConfigError, ExportError
from neuroff.exchange.port import require_spiking
from neuroff.exchange.priced import as_exported

_LEARNING_IMAGES = 200


@dataclass(frozen=True)
class RunWork:
    """What a trained network does, counted.

    Attributes:
        counted: prediction and training, for `neuroff.energy.pricing.account.account`.
        activity: the prediction in detail.
        learning_images: training images whose learning was counted.
        epoch_images: training images of an epoch.
        not_exported: why the network is priced as simulated everywhere; empty where it can be exported.
    """

    counted: Counted
    activity: Activity
    learning_images: int
    epoch_images: int
    not_exported: str = ""


@dataclass(frozen=True)
class Learned:
    """A way of training whose work is counted.

    Attributes:
        plan: the plan.
        network: the network as that plan trains it.
        variant: what of the bus is paid for.
    """

    plan: Plan
    network: Network
    variant: Variant


def count_run(
    config: Config,
    network: Network,
    split: Split,
    *,
    images: int = 1000,
    learning_images: int = _LEARNING_IMAGES,
    weight_bit: int | None = None,
    priced_as: PricedAs | None = None,
) -> RunWork:
    """Count one prediction and one training sample of a configured network; see `count_network`.

    Training is counted for the run's own variant first, and for the others with the same weights, so that
    what differs is the collaboration. A variant that the configuration does not allow is left out.

    Args:
        config: of the run.
        network: the trained network.
        split: its images.
        images: test images to count.
        learning_images: training images to count; 0 leaves training out.
        weight_bit: bits of a stored weight; see `count_network`.
        priced_as: see `count_network`.
    """
    return count_network(
        network,
        split,
        _variants(config, network),
        images=images,
        learning_images=learning_images,
        weight_bit=weight_bit,
        priced_as=priced_as,
    )


def count_network(
    network: Network,
    split: Split,
    learned: Iterable[Learned] = (),
    *,
    images: int = 1000,
    learning_images: int = _LEARNING_IMAGES,
    weight_bit: int | None = None,
    priced_as: PricedAs | None = None,
    exported_images: int | None = None,
) -> RunWork:
    """Count one prediction and one training sample of any network.

    Args:
        network: the network.
        split: its images.
        learned: the ways of training to count, the network's own first.
        images: test images to count.
        learning_images: training images to count; 0 leaves training out.
        weight_bit: bits of a stored weight; by default 32 for a dense network, as it was trained, and 8 for a
            spiking one, or what a device has if that is less.
        priced_as: what a prediction is priced as; as it would be exported on chips and as it is simulated
            elsewhere where nothing is said.
        exported_images: test images that the exported program runs on; as many as ``images`` if not set.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
        ExportError: if it is to be priced as exported, and cannot be.
    """
    activity = count_activity(network, split.test.some(images))
    some, ways = split.train.some(learning_images), list(learned)
    learning = [
        count_training(way.plan, way.network, some, way.variant, trained_on=len(split.train))
        for way in (ways if learning_images else ())
    ]
    exported, reason = None, ""
    if priced_as != "simulated" and len(split.test):
        required = priced_as == "exported"
        shown = images if exported_images is None else exported_images
        exported, reason = exported_prediction(
            network, split, shown, weight_bit=weight_bit or MOST_BITS, required=required
        )
    batch = (ways[0].plan.batch_size if ways else None) or len(split.train)
    counted = Counted(
        work=activity.work("shared"),
        naive=activity.work("naive"),
        classes=network.classes,
        learning=tuple(map(learning_work, learning)),
        updates_per_sample=-(-len(split.train) // batch) / len(split.train),
        weight_bit=weight_bit,
        usual_bit=32 if isinstance(network.population, ReLU) else 8,
        exported=exported,
        priced_as=priced_as,
    )
    return RunWork(counted, activity, len(some) if learning_images else 0, len(split.train), reason)


def exported_prediction(
    network: Network, split: Split, images: int, *, weight_bit: int = MOST_BITS, required: bool = False
) -> tuple[Callable[[int], ExportedWork] | None, str]:
    """Return a prediction as exported, by bits of a weight, or why the network cannot be exported.

    Args:
        network: the network.
        split: its images.
        images: test images to run the exported program on.
        weight_bit: bits that are wanted.
        required: raise instead of returning why not.
    """
    work = as_exported(network, split, images)
    try:
        require_spiking(network)
        if not LEAST_BITS <= weight_bit <= MOST_BITS:
            raise ConfigError(
                f"weights of {weight_bit} bits",
                where="--as exported",
                expected=f"{LEAST_BITS} to {MOST_BITS}",
            )
        work(weight_bit)
    except (ExportError, ConfigError) as error:
        if required:
            raise
        return None, str(error)
    return lambda bits: work(min(bits, MOST_BITS)), ""


def learning_work(activity: TrainingActivity) -> LearningWork:
    """Return counted training as `neuroff.energy.pricing.learning` prices it."""
    return LearningWork(
        activity.variant,
        tuple(
            StageWork(stage.work, stage.beside, stage.collaboration, stage.choosing)
            for stage in activity.stages
        ),
    )


def _variants(config: Config, network: Network) -> Iterator[Learned]:
    others = [variant for variant in get_args(Variant) if variant != config.variant]
    for variant in (config.variant, *others):
        try:
            other = parse_config(config.model_dump(mode="json") | {"variant": variant}, "variant")
        except ConfigError:
            continue
        same = build_network(
            other,
            network.widths[0],
            network.classes,
            layers=network.layers,
            black_boxes=network.black_boxes,
            asking=network.asking,
        )
        yield Learned(build_plan(other), same, variant)
