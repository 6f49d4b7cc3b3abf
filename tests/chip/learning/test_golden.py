"""Learning against lava-nc 0.10.0, bit for bit; ``tests/golden/loihi/lava_learning.py`` made the numbers.

Impulses are compared where they are whole: lava-nc rounds fractions of 1/256 with a random number below 128,
so that fractions of a half and more always become a whole one; here they are kept on average.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.chip.learning import SumOfProducts, Term, Trace, forward_forward_rule
from neuroff.chip.learning.rounding import carried
from neuroff.chip.learning.rule import FRACTION_BITS

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden" / "loihi" / "lava_learning.json").read_text(encoding="utf-8")
)


def rule_of(text: str, mantissas: list[int], shifts: list[int]) -> SumOfProducts:
    terms = []
    for part, mantissa, shift in zip(text.replace("- ", "+ ").split(" + "), mantissas, shifts, strict=True):
        pre, post = part.split(" * ")[-2:]
        terms.append(Term(pre, post, mantissa, shift - FRACTION_BITS))
    return SumOfProducts(tuple(terms))


@pytest.mark.parametrize("case", GOLDEN["rules"], ids=lambda case: case["rule"])
def test_accumulators_are_those_of_lava(case: dict[str, Any]) -> None:
    rule = rule_of(case["rule"], case["mantissas"], case["shifts"])
    assert str(rule) == case["rule"]
    traces = {name: torch.tensor([values], dtype=torch.int32) for name, values in case["traces"].items()}
    weight = torch.tensor(case["weights"], dtype=torch.int32).T
    found = rule.accumulated(weight.contiguous(), traces, traces)
    assert found.T.tolist() == case["accumulator"]


def test_the_printed_forward_forward_rule_is_read_by_lava() -> None:
    case = GOLDEN["rules"][0]
    assert str(forward_forward_rule(-4)) == case["rule"]
    assert rule_of(case["rule"], case["mantissas"], case["shifts"]) == forward_forward_rule(-4)


@pytest.mark.parametrize("case", GOLDEN["writes"], ids=lambda case: f"random {case['part']}/128")
def test_written_weights_are_those_of_lava(case: dict[str, Any]) -> None:
    # lava-nc adds one where its number is below the fraction; here a number is added and the carry counts
    uniform = 127 - case["part"]
    accumulators = torch.tensor(case["accumulators"], dtype=torch.int32)
    found = carried(accumulators, FRACTION_BITS, uniform).clamp(-256, 255)
    assert found.tolist() == case["weights"]


@pytest.mark.parametrize("case", [case for case in GOLDEN["impulses"] if case["impulse"] % 256 == 0])
def test_impulses_are_those_of_lava(case: dict[str, Any]) -> None:
    one = torch.ones(1, 1, dtype=torch.uint8)
    impulse = int(Trace(case["impulse"]).after(one, torch.Generator()))
    assert impulse == case["after"][0]
    assert [min(127, before + impulse) for before in case["before"]] == case["after"]
