"""A goodness of your own: a value per sample, and its derivative times the modulator."""

from dataclasses import dataclass, replace

from torch import Tensor

import neuroff
from tests.extending.conftest import Start


@dataclass(frozen=True)
class Cubes:
    scale: float = 1.0

    def value(self, activity: Tensor) -> Tensor:
        return self.scale * activity.pow(3).mean(-1)

    def gradient(self, activity: Tensor, modulator: Tensor) -> Tensor:
        return 3 * self.scale / activity.shape[-1] * activity.square() * modulator[:, None]


def test_cubes_learn(start: Start) -> None:
    network, split, plan = start("dense")
    trained = neuroff.train(replace(network, goodness=Cubes()), split, plan).network
    assert neuroff.accuracy(trained, split.test) > 0.85
