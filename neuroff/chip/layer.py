"""One layer on the chip: neurons, and the synapses that reach them from wherever in the network."""

from __future__ import annotations

from dataclasses import dataclass

from neuroff.chip.neurons import ChipNeurons
from neuroff.chip.synapses import ChipSynapses
from neuroff.errors import ExportError

_WHERE = "chip layer"


@dataclass(frozen=True, eq=False)
class ChipEdge:
    """Synapses, and whose spikes meet them.

    Attributes:
        source: 0 for the input axons, n for the layer of that number, counted from 1.
        synapses: onto a layer's neurons.
    """

    source: int
    synapses: ChipSynapses


@dataclass(frozen=True, eq=False)
class ChipLayer:
    """Synapses and the neurons they reach.

    Attributes:
        synapses: from the layer before, or from ``source``.
        neurons: of the layer.
        recurrent: from the layer's own neurons; None without.
        others: from anywhere else: layers further back, or later ones.
        source: where ``synapses`` are from, as of `ChipEdge`; None: the layer before.

    Raises:
        ExportError: if they do not fit, or their sums could leave 32 bits.
    """

    synapses: ChipSynapses
    neurons: ChipNeurons
    recurrent: ChipSynapses | None = None
    others: tuple[ChipEdge, ...] = ()
    source: int | None = None

    def __post_init__(self) -> None:
        count, own = self.neurons.count, self.recurrent
        if own is not None and (own.neurons, own.axons) != (count, count):
            raise ExportError(
                f"recurrent synapses from {own.axons} onto {own.neurons} neurons in a layer of {count}",
                where=_WHERE,
                expected="one number",
            )
        every = [self.synapses, *([] if own is None else [own]), *(edge.synapses for edge in self.others)]
        for synapses in every:
            if synapses.neurons != count:
                raise ExportError(
                    f"synapses onto {synapses.neurons} neurons, and {count} neurons",
                    where=_WHERE,
                    expected="one number",
                )
        most = sum(synapses.largest_sum << max(synapses.exponent, 0) for synapses in every)
        if len(every) > 1 and most >= 2**31:
            raise ExportError(f"a sum of up to {most}", where=_WHERE, expected="sums of 32 bits")

    def edges(self, number: int) -> tuple[ChipEdge, ...]:
        """Return all synapses of the layer, those from the layer before first.

        Args:
            number: of the layer, from 1.
        """
        first = ChipEdge(number - 1 if self.source is None else self.source, self.synapses)
        own = () if self.recurrent is None else (ChipEdge(number, self.recurrent),)
        return (first, *own, *self.others)

    @property
    def follows(self) -> bool:
        """Whether nothing but the layer before and its own neurons reach it."""
        return self.source is None and not self.others
