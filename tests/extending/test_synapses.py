"""Synapses of your own: sparse ones. A mask says which exist; the others are neither learned nor counted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

import neuroff
from neuroff.core.synapses import Dense
from tests.extending.conftest import Start


@dataclass(frozen=True)
class Sparse(Dense):
    mask: Tensor
    connects_all = False

    def add_weight_gradient(self, gradient: Mapping[str, Tensor], *arguments: Any) -> None:
        super().add_weight_gradient(gradient, *arguments)
        gradient["weight"].mul_(self.mask)

    @property
    def connections(self) -> int:
        return int(self.mask.sum())

    def fan_out(self) -> Tensor:
        return self.mask.sum(0).long()

    def reached(self, ones: Tensor) -> Tensor:
        return ones @ self.mask.T > 0


def test_half_of_the_synapses_learns(start: Start) -> None:
    network, split, plan = start("dense")
    weight, bias = network.layers[0].synapses.affine()
    mask = (torch.rand(weight.shape, generator=torch.Generator().manual_seed(0)) < 0.5).float()
    layer = network.layers[0].with_synapses(Sparse(weight * mask, bias, mask))
    trained = neuroff.train(replace(network, layers=(layer,)), split, plan).network
    assert torch.equal(trained.layers[0].synapses.affine()[0].ne(0), mask.bool())
    assert neuroff.accuracy(trained, split.test) > 0.85
    dense, sparse = (neuroff.count_activity(each, split.test.head(20)).counts for each in (network, trained))
    assert sparse["macs_float32"] < 0.52 * dense["macs_float32"]
