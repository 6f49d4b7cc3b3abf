from __future__ import annotations

import pytest
import torch

from neuroff.config.build import build_losses
from neuroff.core.network import propagate
from neuroff.experiments.diagnosis import diagnose
from tests.samples import configured, few_inputs, lively_network


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_signals_of_class_groups_are_the_modulators_of_all_classes(path: str) -> None:
    config = configured(
        "asking.form=groups", "loss=softmax", "goodness=linear", "widths=9,6", "partners=all",
        path=path, variant="fcff",
    )  # fmt: skip
    network, inputs = lively_network(config, gammas=(0.2, 0.6)), few_inputs(config)
    first, second = diagnose(config, network, inputs)
    one, two = propagate(network, inputs.stimulus(slice(None)), network.asking.everything(len(inputs)))
    loss = build_losses(config)[0]
    for layer, own, other, gamma in ((first, one, two, 0.2), (second, two, one, 0.6)):
        alone = loss.modulator(own.goodness, inputs.labels).abs().mean()
        heard = loss.modulator(own.goodness + gamma * other.goodness, inputs.labels).abs().mean()
        torch.testing.assert_close(
            torch.tensor([layer["signal_alone"], layer["signal"]]), torch.stack((alone, heard)).float()
        )
        right = (own.goodness.argmax(0) == inputs.labels).double().mean()
        assert layer["alone"] == pytest.approx(float(right))
