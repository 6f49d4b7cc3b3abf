"""A way of asking of your own: class groups. The image once, one goodness per class, no negatives."""

from dataclasses import dataclass, replace

from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

import neuroff
from neuroff.core.asking import Asking
from tests.extending.conftest import Start


@dataclass(frozen=True)
class Groups(Asking):
    classes: int

    def goodness(self, measure: object, activity: Tensor, candidates: Tensor) -> Tensor:
        return activity.view(len(activity), self.classes, -1).mean(2).T

    def activity_gradient(self, measure: object, activity: Tensor, modulator: Tensor) -> Tensor:
        size = activity.shape[1] // self.classes
        return modulator.T.repeat_interleave(size, 1) / size


class Softmax:
    def value(self, goodness: Tensor, truth: Tensor | None = None) -> Tensor:
        assert truth is not None
        return cross_entropy(8 * goodness.T, truth, reduction="none")

    def modulator(self, goodness: Tensor, truth: Tensor | None = None) -> Tensor:
        assert truth is not None
        return 8 * ((8 * goodness).softmax(0) - one_hot(truth, len(goodness)).T)


def test_groups_learn_without_negatives(start: Start) -> None:
    network, split, plan = start("dense")
    network, split = replace(network, asking=Groups(10)), split.asked(Groups(10))
    trained = neuroff.train(network, split, replace(plan, loss=Softmax())).network
    assert neuroff.accuracy(trained, split.test) > 0.85
    assert neuroff.count_activity(trained, split.test.head(20)).labels == 1
