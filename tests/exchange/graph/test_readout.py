"""The read-out at a graph's end: K numbers whose sum over a presentation is the score of every class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule, class_scores
from neuroff.core.signal import Signal
from neuroff.exchange.graph.fold import fold_scales
from neuroff.exchange.graph.from_network import from_network
from neuroff.exchange.graph.presenting import all_presented
from neuroff.exchange.graph.readout import (
    has_readout,
    joins_branches,
    readout_weights,
    whole_weights,
    why_no_readout,
    with_readout,
)
from neuroff.exchange.graph.reference import run, run_whole
from neuroff.training.window import cut
from tests.samples import configured, few, few_inputs, lively_network, stream_of

GROUPS = ("asking.form=groups", "loss=softmax", "goodness=linear", "widths=9,6,7", "encoding=regular")
CONSTANT = ("gain=constant", "constant_gain=2", "normalisation=none", "partners=all")


def made(*settings: str) -> tuple[Network, torch.Tensor, torch.Tensor]:
    config = configured(*GROUPS, *CONSTANT, *settings, path="spiking", variant="fcff")
    network, inputs = lively_network(config, (0.3, 0.7, 1.1)), few_inputs(config)
    stimulus = inputs.stimulus(slice(None))
    rules: tuple[PredictionRule, ...] = ("goodness", "collaborative", "last", "window")
    scores = torch.stack([class_scores(network, stimulus, rule) for rule in rules])
    return network, all_presented(network.asking, stimulus), scores


@few
@given(
    st.sampled_from(["groups", "random"]),
    st.sampled_from(["added", "normalised"]),
    st.integers(0, 3),
    st.integers(0, 2**20),
)
def test_the_output_adds_up_to_the_scores(form: str, coupling: str, number: int, seed: int) -> None:
    network, spikes, scores = made(f"asking.form={form}", f"coupling={coupling}", f"seed={seed}")
    rules: tuple[PredictionRule, ...] = ("goodness", "collaborative", "last", "window")
    rule = rules[number]
    graph = with_readout(from_network(network, "regular"), network, rule)
    entry = replace(graph.input, host_gain=False)
    graph = graph.with_nodes({"input": entry})
    sent, leaving = run_whole(graph, Signal(spikes))
    assert has_readout(graph)
    assert leaving.shape == (4, spikes.shape[1], 4)
    weights = {index: each / 4 for index, each in readout_weights(network, rule).items()}
    _, factor = whole_weights(weights, 4)
    torch.testing.assert_close(leaving.sum(0).T, factor * scores[number], rtol=1e-9, atol=1e-12)
    assert all(torch.equal(sent[name], found) for name, found in run(graph, Signal(spikes)).items())


def test_only_layers_that_are_read_have_a_readout() -> None:
    network, _, _ = made()
    plain = replace(network, layers=tuple(replace(each, gamma=0 * each.gamma) for each in network.layers))
    assert list(readout_weights(plain, "goodness")) == [0, 1, 2]
    assert list(readout_weights(plain, "last")) == [2]
    assert list(readout_weights(cut(plain, 1, 2), "window")) == [1]
    graph = with_readout(from_network(plain, "regular"), plain, "last")
    assert graph.sources("readout") == ("neurons3",)
    assert not joins_branches(graph)
    assert joins_branches(with_readout(from_network(plain, "regular"), plain, "goodness"))
    for index, weight in readout_weights(plain, "goodness").items():
        width = plain.layers[index].synapses.neurons
        assert weight.shape == (4, width)
        torch.testing.assert_close(weight.sum(1), torch.ones(4, dtype=torch.float64))  # means of groups
        assert bool(((weight > 0).sum(0) == 1).all())  # every neuron in one group


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (("network.goodness=mean_squares",), "not a weighted sum"),
        (("trace_decay=0.5",), "a trace"),
        (("bits=4",), "rounded or late"),
        (("delay=1",), "rounded or late"),
    ],
)
def test_where_there_is_no_readout(settings: tuple[str, ...], why: str) -> None:
    network, _, _ = made(*settings)
    assert why in (why_no_readout(network) or "")
    assert why_no_readout(made()[0]) is None
    assert not has_readout(from_network(network, "regular"))


def test_a_file_keeps_its_readout(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    from neuroff.exchange.nir.read import read_nir
    from neuroff.exchange.nir.write import write_nir

    network, spikes, scores = made()
    graph = with_readout(from_network(network, "regular"), network, "goodness")
    folded = fold_scales(graph.with_nodes({"input": replace(graph.input, host_gain=False)}))
    write_nir(folded, tmp_path / "f.nir", "sinabs")
    again = read_nir(tmp_path / "f.nir")
    assert again.edges == folded.edges
    found = run_whole(again, Signal(spikes))[1].sum(0).T
    assert torch.equal(found.argmax(0), scores[0].argmax(0))
    assert torch.equal(found, found.round())  # groups of 3, 2, 2, 2 and of 2 or 1 neurons: counted exactly


def test_weights_of_groups_are_whole_numbers() -> None:
    thirds, halves = torch.full((2, 4), 1 / 12, dtype=torch.float64), torch.full((2, 3), 0.125).double()
    found, factor = whole_weights({0: thirds, 1: halves}, 4)
    assert factor == pytest.approx(24.0)
    assert [float(each[0, 0]) for each in found.values()] == [2.0, 3.0]
    drawn = torch.randn(2, 4, generator=stream_of(0), dtype=torch.float64)
    assert whole_weights({0: drawn}, 4) == ({0: drawn}, 1.0)
