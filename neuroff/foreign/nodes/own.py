"""Neurons of a file that neuroff wrote, by neuroff's own numbers: NIR's beside them are for other readers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.chip.checks import FloatArray
from neuroff.exchange.graph.neurons import (
    CubaLIFNode,
    CubaLINode,
    IFNode,
    INode,
    LIFNode,
    LINode,
    Neurons,
    Silent,
)
from neuroff.exchange.nir.fields import says
from neuroff.exchange.nir.own import Settings, own_population
from neuroff.foreign.nodes.firing import Firing
from neuroff.foreign.nodes.membranes import CurrentBased, Integrating, Leaky, Membrane
from neuroff.foreign.nodes.numbers import broadcast_to
from neuroff.foreign.nodes.population import KINDS, Population
from neuroff.foreign.nodes.protocol import Fitted, Shape
from neuroff.hdf5.tree import Tree


@dataclass(frozen=True)
class UnfittedOwn:
    """Neurons before the axes that they lie in are known."""

    node: Neurons | Silent

    def fit(self, arriving: Shape) -> Fitted:
        """Take as many values as there are neurons."""
        node = self.node

        def each(values: FloatArray, name: str) -> Tensor:
            return broadcast_to(torch.from_numpy(values.copy()), arriving, name)

        zeros = torch.zeros(arriving, dtype=torch.float64)
        rest, firing = zeros, None
        if isinstance(node, Silent):
            rest = each(node.rest, "rest")
        else:
            value = zeros if node.value is None else each(node.value, "value")
            reset = node.reset if node.reset == "subtract" else "value"
            firing = Firing(each(node.threshold, "threshold"), value, reset, fires=node.fires)
        membrane: Membrane = Integrating(torch.ones_like(zeros), rest, whole=True)
        if not isinstance(node, IFNode | INode):
            assert isinstance(node, LIFNode | LINode | CubaLIFNode | CubaLINode)
            membrane = Leaky(1.0 - each(node.beta, "beta"), rest, torch.ones_like(zeros), whole=True)
        if isinstance(node, CubaLIFNode | CubaLINode):
            assert isinstance(membrane, Leaky)
            lost = 1.0 - each(node.alpha, "alpha")
            membrane = CurrentBased(lost, torch.ones_like(zeros), membrane, whole=True)
        return Fitted(Population(arriving, membrane, firing, settled=True))


def is_own(fields: Tree) -> bool:
    """Whether neuroff wrote its own numbers of neurons beside a node's."""
    about = fields.get("metadata")
    return isinstance(about, dict) and "neuroff_kind" in about and any(says(fields, "type", k) for k in KINDS)


def read_own(name: str, fields: Tree, settings: Settings) -> UnfittedOwn:
    """Read neurons.

    Args:
        name: of the node.
        fields: of the node.
        settings: what the file says about itself.

    Raises:
        ExportError: if neuroff's numbers and NIR's describe different neurons.
    """
    return UnfittedOwn(own_population(name, fields, settings))
