"""Forward-Forward classifiers with scikit-learn's interface: dense and spiking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from neuroff.core.neurons.lif import LIF
from neuroff.core.neurons.population import Population
from neuroff.core.neurons.relu import ReLU
from neuroff.estimators.base import Classifier
from neuroff.estimators.making import Recipe

Variant = Literal["ff", "fcff", "acff"]
Form = Literal["groups", "label"]


class FFClassifier(Classifier):
    """A dense Forward-Forward network as a scikit-learn classifier.

    Every layer has one goodness per class (class groups) and learns alone, or hears the others through K
    scalars a row (``variant``); no error is propagated back. Features are standardised on the training rows.

    Args:
        widths: neurons of each layer; with groups each at least as many as there are classes.
        asking: ``groups``: one goodness per class, a row is presented once; ``label``: the class as further
            inputs, a row is presented once per class, and learns its own against a wrong one.
        variant: ff, fcff or acff: no collaboration, a fixed strength, or a learned one.
        gamma: strength of collaboration at the start, or throughout.
        max_iter: epochs.
        batch_size: rows of an update; ``auto`` is min(200, rows).
        learning_rate: Adam's.
        weight_decay: share of weights lost per update, times the learning rate.
        steepness: α, inverse temperature of the softmax over classes, or of the pair of a label and another.
        label_smoothing: share of the target spread over all classes; without effect on labels.
        random_state: seed.

    Attributes:
        classes_: the classes, sorted.
        network_: the trained `neuroff.Network`; its inputs are shares of each feature's range.
        scaling_: range, mean and deviation of every feature.
        loss_curve_: mean loss of the layers, by epoch.
        n_iter_: epochs done.
    """

    def __init__(
        self,
        widths: Sequence[int] = (100, 100),
        *,
        asking: Form = "groups",
        variant: Variant = "ff",
        gamma: float = 0.1,
        max_iter: int = 200,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: float = 0.005,
        weight_decay: float = 0.1,
        steepness: float = 8.0,
        label_smoothing: float = 0.05,
        random_state: Any = None,
    ) -> None:
        self.widths = widths
        self.asking = asking
        self.variant = variant
        self.gamma = gamma
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.steepness = steepness
        self.label_smoothing = label_smoothing
        self.random_state = random_state

    def _population(self) -> Population:
        return ReLU()

    def _recipe(self) -> Recipe:
        return Recipe.of(self, constant_gain=1.0, goodness_scale=5.0)


class SpikingFFClassifier(Classifier):
    """A spiking Forward-Forward network as a scikit-learn classifier: leaky integrate-and-fire neurons.

    As `FFClassifier`, which explains the other arguments; features are constant currents.

    Args:
        widths: neurons of each layer.
        asking: groups or label.
        variant: ff, fcff or acff.
        gamma: strength of collaboration.
        steps: T, time steps of a presentation.
        beta: decay of the membrane potential per step.
        threshold: membrane potential at which a neuron fires.
        max_iter: epochs.
        batch_size: rows of an update.
        learning_rate: Adam's.
        weight_decay: share of weights lost per update, times the learning rate.
        steepness: α of the softmax.
        label_smoothing: share of the target spread over all classes.
        random_state: seed.

    Attributes:
        classes_: the classes, sorted.
        network_: the trained `neuroff.Network`.
        scaling_: range, mean and deviation of every feature.
        loss_curve_: mean loss of the layers, by epoch.
        n_iter_: epochs done.
    """

    def __init__(
        self,
        widths: Sequence[int] = (100, 100),
        *,
        asking: Form = "groups",
        variant: Variant = "ff",
        gamma: float = 0.1,
        steps: int = 8,
        beta: float = 0.9,
        threshold: float = 1.0,
        max_iter: int = 200,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: float = 0.005,
        weight_decay: float = 0.1,
        steepness: float = 30.0,
        label_smoothing: float = 0.05,
        random_state: Any = None,
    ) -> None:
        self.widths = widths
        self.asking = asking
        self.variant = variant
        self.gamma = gamma
        self.steps = steps
        self.beta = beta
        self.threshold = threshold
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.steepness = steepness
        self.label_smoothing = label_smoothing
        self.random_state = random_state

    def _population(self) -> Population:
        return LIF(steps=self.steps, beta=self.beta, threshold=self.threshold, steepness=1.0)

    def _recipe(self) -> Recipe:
        return Recipe.of(self, constant_gain=3.0, goodness_scale=20.0)
