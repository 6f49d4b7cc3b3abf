from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.rng import derive_seed, generator

purposes = st.lists(
    st.one_of(st.sampled_from(["init", "negatives", "a", "ab", "1"]), st.integers(0, 5)), max_size=3
)
streams = st.tuples(st.integers(0, 3), purposes.map(tuple))


@given(streams, streams)
def test_a_stream_depends_on_seed_and_every_part_of_its_purpose(
    one: tuple[int, tuple[int | str, ...]], other: tuple[int, tuple[int | str, ...]]
) -> None:
    seeds = [derive_seed(seed, *purpose) for seed, purpose in (one, other)]
    assert (seeds[0] == seeds[1]) == (one == other)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_parts_are_not_run_together() -> None:
    names: list[tuple[int | str, ...]] = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("1",),
        (1,),
        (),
        ("",),
        (1, 2),
        (12,),
    ]
    assert len({derive_seed(0, *name) for name in names}) == len(names)


def test_seeds_are_the_same_on_every_machine_and_in_every_version() -> None:
    assert derive_seed(0, "init", 0) == 7954951704578594763
    assert derive_seed(7, "negatives", 1, 2) == 2407547879374648526


def test_the_same_purpose_draws_the_same_numbers() -> None:
    one, other = (torch.rand(100, generator=generator(3, "shuffle", 1, 2)) for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.combinations([(0, "init", 0), (0, "init", 1), (1, "init", 0)], 2))
)
def test_neighbouring_streams_are_uncorrelated(
    first: tuple[int, str, int], second: tuple[int, str, int]
) -> None:
    draws = torch.stack([torch.randn(20_000, generator=generator(*name)) for name in (first, second)])
    assert abs(float(torch.corrcoef(draws)[0, 1])) < 0.03


def test_global_generators_are_untouched() -> None:
    numpys: Any = np.random.get_state
    before = torch.get_rng_state(), numpys()[1].copy(), random.getstate()
    torch.rand(10, generator=generator(5, "anything"))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(numpys()[1], before[1])
    assert random.getstate() == before[2]


def test_a_generator_is_fresh_each_time() -> None:
    used = generator(0, "x")
    torch.rand(5, generator=used)
    assert torch.equal(
        torch.rand(3, generator=generator(0, "x")),
        torch.rand(3, generator=torch.Generator().manual_seed(derive_seed(0, "x"))),
    )
