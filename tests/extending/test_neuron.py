"""A neuron of your own: how it responds to a drive, and how its activity moves when the drive moves."""

from dataclasses import replace

from torch import Tensor
from torch.nn.functional import softplus

import neuroff
from neuroff.core.neurons.population import Response
from tests.extending.conftest import Start


class Softplus:
    steps = 1

    def respond(self, drive: Tensor) -> Response:
        activity = softplus(drive)
        return Response(activity, activity, trace=drive)

    respond_traced = respond

    def sensitivity(self, response: Response, activity_gradient: Tensor) -> Tensor:
        assert response.trace is not None
        return activity_gradient * response.trace.sigmoid()


def test_smooth_neurons_learn(start: Start) -> None:
    network, split, plan = start("dense")
    trained = neuroff.train(replace(network, population=Softplus()), split, plan).network
    assert neuroff.accuracy(trained, split.test) > 0.85
