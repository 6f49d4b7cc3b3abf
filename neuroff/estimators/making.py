"""From an estimator's arguments to a network, its plan and its inputs; everything in float64.

Float64 keeps predictions of a row the same to 1e-7 whatever rows stand beside it, as scikit-learn's users
expect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from neuroff.core.asking import Asking, GroupAsking, LabelAsking
from neuroff.core.collaboration import Bus
from neuroff.core.goodness import Goodness
from neuroff.core.inputs import Encoder, Inputs
from neuroff.core.loss import ClassLoss, Loss
from neuroff.core.network import Network, initial_layers
from neuroff.core.neurons.population import Population
from neuroff.core.plan import GammaStep, Plan
from neuroff.estimators.ranges import require_ranges


@dataclass(frozen=True)
class Recipe:
    """An estimator's arguments, checked by what they make; see `neuroff.estimators.FFClassifier`."""

    widths: tuple[int, ...]
    variant: str
    gamma: float
    batch_size: int | str
    learning_rate: float
    weight_decay: float
    steepness: float
    label_smoothing: float
    constant_gain: float
    goodness_scale: float
    asking: str

    @classmethod
    def of(cls, estimator: Any, *, constant_gain: float, goodness_scale: float) -> Self:
        """Read the arguments of an estimator.

        Args:
            estimator: has them.
            constant_gain: between layers, where classes have groups.
            goodness_scale: κ, where labels are tried one by one.

        Raises:
            ConfigError: if a number is out of the range that it has in a configuration.
            ValueError: if widths, variant or asking mean nothing.
        """
        require_ranges(estimator)
        widths = estimator.widths
        if isinstance(widths, int | np.integer):
            widths = (widths,)
        if not isinstance(widths, Sequence) or not widths or not all(map(_whole, widths)):
            raise ValueError(f"widths={estimator.widths!r}; expected numbers of neurons such as (100, 100)")
        if estimator.variant not in ("ff", "fcff", "acff"):
            raise ValueError(f"variant={estimator.variant!r}; expected 'ff', 'fcff' or 'acff'")
        if estimator.asking not in ("groups", "label"):
            raise ValueError(f"asking={estimator.asking!r}; expected 'groups' or 'label'")
        same = ("asking", "variant", "gamma", "batch_size", "learning_rate", "weight_decay", "steepness")
        given = {name: getattr(estimator, name) for name in (*same, "label_smoothing")}
        return cls(
            widths=tuple(int(w) for w in widths),
            constant_gain=constant_gain,
            goodness_scale=goodness_scale,
            **given,
        )


def _whole(width: Any) -> bool:
    return isinstance(width, int | np.integer) and not isinstance(width, bool) and bool(width >= 1)


def new_network(recipe: Recipe, population: Population, inputs: int, classes: int, seed: int) -> Network:
    """Return a network before its first step.

    Args:
        recipe: of the network.
        population: its neurons.
        inputs: D.
        classes: K.
        seed: of its weights.

    Raises:
        ConfigError: if a layer has fewer neurons than there are classes.
    """
    by_label = recipe.asking == "label"
    asking: Asking = LabelAsking(classes, "beside") if by_label else GroupAsking(classes)
    for index, neurons in enumerate(recipe.widths):
        asking.require_room(neurons, f"widths, layer {index + 1}")
    gamma = 0.0 if recipe.variant == "ff" else recipe.gamma
    layers = initial_layers((asking.inputs(inputs), *recipe.widths), seed, gamma, torch.float64)
    bus = Bus() if recipe.variant == "ff" else Bus(partners="all")
    if by_label:
        return Network(
            layers,
            population,
            goodness=Goodness("mean_squares", recipe.goodness_scale),
            bus=bus,
            asking=asking,
            normalisation="rms",
            precision=torch.float64,
        )
    return Network(
        layers,
        population,
        goodness=Goodness("linear"),
        bus=bus,
        asking=asking,
        normalisation="none",
        precision=torch.float64,
        gain="constant",
        constant_gain=recipe.constant_gain,
    )


def plan_of(recipe: Recipe, rows: int, epochs: int, seed: int, *, cosine: bool) -> Plan:
    """Return how the network is trained on so many rows.

    Raises:
        ConfigError: naming an argument out of range.
    """
    size = min(200, rows) if recipe.batch_size == "auto" else recipe.batch_size
    return Plan(
        epochs=epochs,
        batch_size=size,  # type: ignore[arg-type]
        learning_rate=recipe.learning_rate,
        learning_rate_decay="cosine" if cosine else "constant",
        weight_decay=recipe.weight_decay,
        loss=Loss("pairwise", steepness=recipe.steepness)
        if recipe.asking == "label"
        else ClassLoss(recipe.steepness, recipe.label_smoothing),
        schedule="interleaved",
        gamma=GammaStep() if recipe.variant == "acff" else None,
        evaluate_every=0,
        checkpoint_every=epochs,
        seed=seed,
    )


def inputs_of(
    network: Network,
    values: torch.Tensor,
    labels: npt.NDArray[np.int64] | npt.NDArray[Any],
    weight: npt.NDArray[np.float64] | None = None,
) -> Inputs:
    """Return rows ``(B, D)`` with classes ``(B,)`` as a network takes them, as they are."""
    encoder = Encoder(
        network.asking, steps=network.population.steps, normalisation="none", dtype=network.precision
    )
    rows = values.contiguous()
    found = Inputs(
        rows,
        torch.from_numpy(np.ascontiguousarray(labels, dtype=np.int64)),
        encoder,
        encoder.stimulus(rows),
        "rows",
    )
    return found if weight is None else replace(found, weight=torch.from_numpy(weight))
