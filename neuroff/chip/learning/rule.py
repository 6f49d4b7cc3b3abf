"""A learning rule as the chip has it: a sum of products of traces, scaled by a mantissa and a power of two.

    dw = Σ_k mantissa_k · 2^exponent_k · Π factors_k

One object is both printed and run. A weight has 7 fractional bits in the 15-bit accumulator. The product of
two 7-bit traces and a 4-bit mantissa is 18 bits wide: its lowest 3 are dropped (toward −∞), what is left is
shifted up by exponent + 7, and the accumulator saturates after every term. So 2^−4 · x1 · y2 with x1 y2 = 8
moves a weight by 8 / 128. Those are the integers of lava-nc 0.10.0 (LearningRuleApplierBitApprox); its
floating-point twin reads the same text without the factor 2^−3 of the dropped bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from neuroff.checks import require_all
from neuroff.chip.checks import require_member
from neuroff.chip.numbers import require_between
from neuroff.errors import ExportError

ACCUMULATOR_LEAST, ACCUMULATOR_MOST = -(2**15) - 1, 2**15 - 1
FRACTION_BITS = 7
DROPPED_BITS = 3
"""A product of 7 + 7 + 4 bits is brought back to 15."""
PRE, POST = ("x1", "x2"), ("y1", "y2", "y3")
_EXACT_SAMPLES = 2**24 // (127 * 127 * 8)


@dataclass(frozen=True)
class Term:
    """mantissa · 2^exponent · pre · post.

    Attributes:
        pre: a pre-synaptic trace.
        post: a post-synaptic trace.
        mantissa: 4 bits with its sign, in [−8, 7].
        exponent: in [−7, 8].
    """

    pre: str
    post: str
    mantissa: int
    exponent: int

    def __post_init__(self) -> None:
        require_member(self.pre, PRE, "pre", "learning rule")
        require_member(self.post, POST, "post", "learning rule")
        require_between(self.mantissa, -8, 7, "mantissa", "learning rule")
        require_between(self.exponent, -FRACTION_BITS, 8, "exponent", "learning rule")
        if not self.mantissa:
            raise ExportError(
                "a term of mantissa 0", where="learning rule", expected="terms that do something"
            )

    def __str__(self) -> str:
        """Return the term with its sign."""
        sign = "-" if self.mantissa < 0 else "+"
        size = abs(self.mantissa)
        scale = f"2^{self.exponent}" if size == 1 else f"{size} * 2^{self.exponent}"
        return f"{sign} {scale} * {self.pre} * {self.post}"


@dataclass(frozen=True)
class SumOfProducts:
    """The rule of a layer's synapses, applied at the end of every learning epoch."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        require_all("terms", self.terms, Term, where="learning rule")
        if not self.terms:
            raise ExportError("no terms", where="learning rule", expected="at least one")

    def __str__(self) -> str:
        """Return the rule in the chip's notation; u0 is one at the end of every learning epoch."""
        parts = [str(term).replace(" ", " u0 * ", 1) for term in self.terms]
        return "dw = " + " ".join(parts).removeprefix("+ ")

    def accumulated(self, weight: Tensor, pre: Mapping[str, Tensor], post: Mapping[str, Tensor]) -> Tensor:
        """Return the accumulator ``(D, N)`` int32, in units of 1/128 weight.

        Args:
            weight: ``(D, N)`` int32, before.
            pre: traces ``(B, D)`` int32 by name.
            post: traces ``(B, N)`` int32 by name.

        With B = 1 that is the chip. With more, products are summed over the samples first.
        """
        total = weight << FRACTION_BITS
        for term in self.terms:
            products = _outer(pre[term.pre], post[term.post] * term.mantissa)
            # clipped before as well: a sum over samples may be too large to be shifted
            products.bitwise_right_shift_(DROPPED_BITS).clamp_(ACCUMULATOR_LEAST, ACCUMULATOR_MOST)
            products.bitwise_left_shift_(term.exponent + FRACTION_BITS)
            products.clamp_(ACCUMULATOR_LEAST, ACCUMULATOR_MOST)
            total.add_(products).clamp_(ACCUMULATOR_LEAST, ACCUMULATOR_MOST)
        return total


def forward_forward_rule(exponent: int, mantissa: int = 1) -> SumOfProducts:
    """Return dw = s x1 y2 − s x1 y3: positive presentations on channel y2, negative ones on y3."""
    return SumOfProducts((Term("x1", "y2", mantissa, exponent), Term("x1", "y3", -mantissa, exponent)))


def _outer(pre: Tensor, post: Tensor) -> Tensor:
    """Return Σ_b pre_b ⊗ post_b, int32 ``(D, N)``; exact, as sums stay below 2²⁴ in float32."""
    if pre.shape[0] == 1:
        return pre[0, :, None] * post[0]
    exact = torch.float32 if pre.shape[0] <= _EXACT_SAMPLES else torch.float64
    return (pre.to(exact).T @ post.to(exact)).to(torch.int32)
