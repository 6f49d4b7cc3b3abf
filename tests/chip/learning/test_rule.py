from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.learning import (
    Collaboration,
    LearningPlan,
    SpikingImages,
    SumOfProducts,
    Term,
    forward_forward_rule,
    learning_notes,
    rule_lines,
)
from neuroff.chip.learning.learner import start
from neuroff.core.asking import GroupAsking, LabelAsking, MirroredAsking, RandomAsking
from neuroff.core.synapses import Planes
from neuroff.errors import ExportError
from tests.chip.learning.made import some_layer, some_plan
from tests.samples import few, stream_of


def test_the_rule_that_runs_is_the_rule_that_is_printed() -> None:
    assert str(forward_forward_rule(-4)) == "dw = u0 * 2^-4 * x1 * y2 - u0 * 2^-4 * x1 * y3"
    rule = SumOfProducts((Term("x1", "y3", -5, 1),))
    assert str(rule) == "dw = - u0 * 5 * 2^1 * x1 * y3"
    pre, post = {"x1": torch.tensor([[8, 0]])}, {"y3": torch.tensor([[2, 3, 127]])}
    still = torch.zeros(2, 3, dtype=torch.int32)
    assert rule.accumulated(still, pre, post).tolist() == [[-2560, -3840, -32769], [0, 0, 0]]
    slow = SumOfProducts((Term("x1", "y3", -1, -7),))
    assert slow.accumulated(still + 2, pre, post).tolist()[0] == [256 - 2, 256 - 3, 256 - 127]


@few
@given(st.integers(2, 12), st.integers(0, 1000))
def test_summed_products_are_exact(samples: int, seed: int) -> None:
    stream = stream_of(seed)
    pre = {"x1": torch.randint(0, 128, (samples, 4), generator=stream, dtype=torch.int32)}
    post = {
        name: torch.randint(0, 128, (samples, 5), generator=stream, dtype=torch.int32)
        for name in ("y2", "y3")
    }
    weight = torch.randint(-256, 256, (4, 5), generator=stream, dtype=torch.int32)
    found = forward_forward_rule(-6, 3).accumulated(weight, pre, post)
    for j in range(4):
        for i in range(5):
            total = 128 * int(weight[j, i])
            for sign, y in ((3, post["y2"]), (-3, post["y3"])):
                product = sum(int(a) * int(b) for a, b in zip(pre["x1"][:, j], y[:, i], strict=True))
                total = max(-32769, min(32767, total + max(-32769, min(32767, sign * product // 8 * 2))))
            assert int(found[j, i]) == total


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Term("x3", "y2", 1, 0), "pre"),
        (lambda: Term("x1", "y2", 9, 0), "mantissa"),
        (lambda: Term("x1", "y2", 0, 0), "mantissa 0"),
        (lambda: Term("x1", "y2", 1, -8), "exponent"),
        (lambda: SumOfProducts(()), "no terms"),
        (lambda: some_layer(weight_bits=9), "weight_bits"),
        (lambda: some_layer(post_shift=6), "post_shift"),
        (lambda: LearningPlan(SpikingImages(5), 4, ()), "no layers"),
        (lambda: SpikingImages(64), "steps"),
        (lambda: Collaboration(128), "gamma"),
    ],
)
def test_what_the_chip_does_not_have_is_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        make()


def test_a_plan_is_printed_whole() -> None:
    plan = some_plan(some_layer(), some_layer(), collaboration=Collaboration(20, 4, adaptive_shift=6))
    text = "\n".join(rule_lines(plan))
    assert text.startswith("t_epoch = 7\nlayer 1: dw = u0 * 2^-4 * x1 * y2 - u0 * 2^-4 * x1 * y3\n")
    assert (
        "x1: 7 bits, impulse 11.7188, no decay; y1: 7 bits, impulse 7.39062, keeps 3900/4096 a step" in text
    )
    assert "min(127, y1 * m >> 8), stochastic rounding" in text
    assert "m = clip(64 ± ((12 - C) >> 0), 0, 127) << 0, C from G = Σ n², 1 steps late" in text
    assert text.endswith("C = G + (g P >> 4), P = Σ (G_j - θ_j), g = 20, g learned by ± m P >> 6")
    assert "C = G + (" not in "\n".join(rule_lines(some_plan()))
    assert len(start(plan).weights) == 2


def test_the_exporter_prints_the_rule() -> None:
    rule, traces = learning_notes(8)
    assert rule == "to learn on the chip, t_epoch = 8: dw = u0 * 2^-4 * x1 * y2 - u0 * 2^-4 * x1 * y3"
    assert traces.startswith("with x1: 7 bits, impulse 8, no decay; y1: 7 bits, impulse 31, no decay")
    assert "after positive and negative presentations" in traces
    assert learning_notes(8, LabelAsking(10)) == (rule, traces)
    assert learning_notes(64) == ("learning on the chip takes at most 63 steps, not 64",)


def test_the_exporter_prints_the_rule_of_the_way_of_asking() -> None:
    groups = GroupAsking(10)
    rule, traces = learning_notes(8, groups)
    assert rule == learning_notes(8)[0]
    assert "y2: y1 times the true class's broadcast in its group, y3: y1 times a rival's in its own" in traces
    assert "positive" not in traces
    assert learning_notes(8, MirroredAsking(groups, Planes(1, 4, 4))) == (rule, traces)
    (none,) = learning_notes(8, RandomAsking(10))
    assert none == "learning on the chip has no rule for this read-out, only for labels and class groups"
