from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from neuroff.energy import list_profiles, load_profile
from neuroff.energy.pricing.deployment import deploy, deploy_all
from neuroff.energy.work import LayerWork, NetworkWork
from tests.energy.networks import network

# Processor time, which other programs on the machine do not lengthen much. What is measured lies far below
# the bars (python -m benchmarks.counting).


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize("strategy", ["row_major", "hop_minimising"])
@pytest.mark.parametrize("depth", [1, 1000])
def test_a_million_neurons_and_a_billion_synapses_in_ten_seconds(strategy: str, depth: int) -> None:
    width = 10**6 // depth
    layers = tuple(
        LayerWork(
            f"layer {index}", width, width, 10**9 // depth,
            weight_format="sparse" if depth == 1 else "dense",
            received=(width / 20,), events=(5e7 / depth,), zero_events=(0.0,), spikes=(width / 20,),
            active=(width * 0.9,),
        )
        for index in range(depth)
    )  # fmt: skip
    work = NetworkWork("large", layers)
    assert (work.neurons, work.synapses) == (10**6, 10**9)
    loihi = load_profile("loihi1-davies2018")
    found = []
    taken = seconds(lambda: found.append(deploy(work, loihi, strategy=strategy)))  # type: ignore[arg-type]
    assert taken < 10
    (deployed,) = found
    assert deployed.fits
    assert deployed.estimate is not None
    assert deployed.placement.chips >= 60  # 8e9 bits, 2**27 a chip
    assert deployed.counts["synaptic_events"] == pytest.approx(5e7)
    assert (deployed.counts["hops_x"] > 0) == (depth > 1)  # a lone layer sends to nobody


def test_all_profiles_are_priced_in_a_second() -> None:
    work = network(784, 500, 500, steps=10, presentations=10.0, spikes=20.0)
    assert seconds(lambda: deploy_all(work, [load_profile(name) for name in list_profiles()])) < 1
