"""Chunks side by side: as many threads as one likes from two on, the same bits; nothing of a thread stays."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from neuroff.config.build import build_network, build_plan
from neuroff.core.engine import Engine, EventEngine
from neuroff.core.flight import side_by_side
from neuroff.core.network import Network
from neuroff.training import train
from neuroff.training.evaluate import all_scores
from neuroff.training.side_by_side import one_thread_of_torch
from tests.samples import configured, split_of

FORMS = {
    "labels": (),
    "groups": ("asking.form=groups", "loss=softmax", "loss_steepness=7", "goodness=linear"),
    "online": ("gain=online", "neuron.rule=online_end"),
    "learned": ("neuron.learned=beta",),
}


def trained(threads: int, settings: tuple[str, ...], chunk_size: int = 7, **parts: Any) -> Network:
    given = ("widths=40,30", "precision=float32", "neuron.steps=6", "goodness_scale=4", "epochs=2")
    config = configured(*given, *settings, f"chunk_size={chunk_size}", path="spiking", variant="acff", seed=3)
    split = split_of(config)
    network = build_network(config, split.train.width, split.train.encoder.classes, **parts)
    return train(replace(network, engine=EventEngine(threads=threads)), split, build_plan(config)).network


def bits(network: Network) -> list[Tensor]:
    return [tensor for layer in network.layers for tensor in layer.tensors().values()]


@pytest.mark.parametrize("settings", FORMS.values(), ids=FORMS.keys())
def test_bits_depend_on_chunks_and_not_on_threads_from_two_on(settings: tuple[str, ...]) -> None:
    two, three, five = (bits(trained(threads, settings)) for threads in (2, 3, 5))
    whole, one = bits(trained(2, settings, chunk_size=2000)), bits(trained(1, settings))
    for first, second, third, other, alone in zip(two, three, five, whole, one, strict=True):
        assert torch.equal(first, second)
        assert torch.equal(first, third)
        torch.testing.assert_close(first, other, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(first, alone, rtol=1e-3, atol=1e-3)
    assert not all(torch.equal(first, other) for first, other in zip(two, whole, strict=True))


def test_scores_are_the_same_by_any_number_of_threads() -> None:
    config = configured("widths=40,30", "precision=float32", "neuron.steps=6", path="spiking", seed=3)
    split = split_of(config)
    network = build_network(config, split.train.width, split.train.encoder.classes)
    one, many = (
        all_scores(replace(network, engine=EventEngine(threads=threads)), split.train) for threads in (1, 4)
    )
    assert torch.equal(one, many)


def test_threads_are_shared_out_and_given_back() -> None:
    engine = EventEngine(threads=8)
    assert [engine.beside(others).threads for others in (0, 1, 2, 20)] == [8, 4, 2, 1]
    before = torch.get_num_threads(), threading.active_count()
    network = trained(2, ())
    assert (torch.get_num_threads(), threading.active_count()) == before
    with one_thread_of_torch(network, 2):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before[0]


def test_trainings_beside_each_other_leave_torch_alone() -> None:
    before, found = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        threads = [threading.Thread(target=lambda: found.append(bits(trained(2, ())))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(one, same) for one, same in zip(found[0], other, strict=True))


def test_an_error_in_a_chunk_is_told() -> None:
    class Failing(EventEngine):
        def respond(self, *given: Any, **options: Any) -> Any:
            raise RuntimeError("no memory")

    config = configured("widths=40,30", "neuron.steps=6", "chunk_size=7", path="spiking")
    split = split_of(config)
    network = build_network(config, split.train.width, split.train.encoder.classes)
    with pytest.raises(RuntimeError, match="no memory"):
        train(replace(network, engine=Failing(threads=3)), split, build_plan(config))


def test_who_computes_side_by_side() -> None:
    config = configured("widths=40,30", path="spiking")
    network = build_network(config, 64, 10)
    dense = build_network(configured("widths=40,30"), 64, 10)
    boxed = build_network(config, 64, 10, black_boxes={0: torch.relu})  # it may be no friend of threads
    loops = [replace(each, engine=EventEngine(threads=2)) for each in (network, dense, boxed)]
    assert [side_by_side(each) for each in loops] == [True, False, False]
    assert not side_by_side(replace(network, engine=EventEngine(threads=1)))
    assert not side_by_side(replace(network, engine=Engine()))
