from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.build import build_network
from neuroff.core.network import Layer, Network
from neuroff.core.synapses import Dense
from neuroff.counting.forward import Activity, count_activity
from neuroff.counting.layer import Sweep
from neuroff.energy import Counts
from neuroff.errors import ShapeError
from tests.narrow import bias_of, present, weight_of
from tests.samples import CLASSES, PIXELS, configured, few, few_inputs, stream_of


def random_network(config: Config, seed: int, silent: bool = False) -> Network:
    """Layers strong enough to fire now and then; a few weights are zero but stored all the same."""
    stream = stream_of(seed)
    widths = (PIXELS, *config.network.widths)
    layers = []
    for inputs, neurons in itertools.pairwise(widths):
        weight = torch.randn(neurons, inputs, generator=stream, dtype=torch.float64)
        weight[torch.rand(weight.shape, generator=stream) < 0.2] = 0
        bias = torch.rand(neurons, generator=stream, dtype=torch.float64) * (-9 if silent else 1)
        bias[torch.rand(neurons, generator=stream) < 0.5] = 0
        layers.append(Layer(Dense(weight, bias), torch.zeros((), dtype=torch.float64)))
    return build_network(config, PIXELS, CLASSES, layers=tuple(layers))


def encoded(value: float, encoding: str, steps: int) -> list[int]:
    """Spikes of one pixel value over time."""
    if encoding == "regular":
        counts = [math.floor(t * value + 0.5) for t in range(steps + 1)]
        return [later - sooner for sooner, later in itertools.pairwise(counts)]
    moment = round((steps - 1) * (1 - value))
    return [int(value > 0 and t == moment) for t in range(steps)]


class Simulation:
    """A spiking network run spike by spike in plain Python, counting as it goes.

    ``counts`` are those of the sweep as it runs, ``naive`` those of whole passes; ``steps`` holds, for each
    image, layer and step, what happened there: ("spikes" | "events" | "zero" | "active").
    """

    def __init__(self, config: Config, network: Network) -> None:
        self.neuron, self.epsilon = config.neuron, config.network.epsilon
        self.layers = [(weight_of(layer).tolist(), bias_of(layer).tolist()) for layer in network.layers]
        self.counts: Counter[str] = Counter()
        self.naive: Counter[str] = Counter()
        self.at: Counter[tuple[int, int, int, str]] = Counter()
        self.spikes = [0] * len(self.layers)
        self.shown = 0

    def both(self, name: str, amount: int = 1) -> None:
        self.counts[name] += amount
        self.naive[name] += amount

    def arrive(self, layer: int, step: int, source: int, times_naive: int = 1, times: int = 1) -> None:
        """One spike of one source meets every weight it has."""
        for row in self.layers[layer][0]:
            share = "synaptic_events_zero_weight" if row[source] == 0 else "synaptic_events_dense"
            for counts, factor in ((self.counts, times), (self.naive, times_naive)):
                counts["synaptic_events"] += factor
                counts[share] += factor
            self.at[self.shown, layer, step, "events"] += times
            self.at[self.shown, layer, step, "zero"] += times * (row[source] == 0)

    def image(self, grey: list[int], trains: list[list[int]] | None = None) -> None:
        """Show one image under every label; ``trains`` holds given input spikes where they are random."""
        pixels = [0.0] * CLASSES + [value / 255 for value in grey[CLASSES:]]
        encoding, steps = self.neuron.encoding, self.neuron.steps
        gain = math.sqrt(PIXELS) / (math.sqrt(math.fsum(p * p for p in pixels) + 1.0) + self.epsilon)
        first = len(self.layers[0][0])
        if encoding == "constant":
            self.counts["macs_float32"] += (PIXELS - CLASSES) * first
            self.naive["macs_float32"] += CLASSES * PIXELS * first
        else:
            self.both("bus_broadcasts")
            trains = trains or [encoded(pixel, encoding, steps) for pixel in pixels]
            for source, train in enumerate(trains):
                for t, spike in enumerate(train):
                    if spike:
                        self.arrive(0, t, source, times_naive=CLASSES)
        for label in range(CLASSES):
            if encoding == "constant":
                currents = list(pixels)
                currents[label] = 1.0
                self.counts["macs_float32"] += first
                self.present([currents] * steps, gain, analog=True)
            else:
                labelled = list(present(trains))
                labelled[label] = encoded(1.0, "regular" if encoding == "bernoulli" else encoding, steps)
                for t, spike in enumerate(labelled[label]):
                    if spike:
                        self.arrive(0, t, label)
                self.both("muls_float32", first)
                received = [[train[t] for train in labelled] for t in range(steps)]
                self.present(received, gain, analog=False)
        self.shown += 1

    def present(self, received: Sequence[Sequence[float]], gain: float, analog: bool) -> None:
        steps = self.neuron.steps
        for index, (weight, bias) in enumerate(self.layers):
            neurons = len(bias)
            self.both("muls_float32", neurons)
            self.both("adds_float32", neurons)
            if index:
                self.both("bus_broadcasts")
                self.both("muls_float32", neurons)
            potential, fired = [0.0] * neurons, [[0] * neurons for _ in range(steps)]
            charged = [False] * neurons  # an input, by a weight of zero too, or a bias has been added
            for t in range(steps):
                reached = analog and index == 0
                if index:
                    for source, spike in enumerate(received[t]):
                        if spike:
                            self.arrive(index, t, source)
                reached = reached or any(received[t])
                for n in range(neurons):
                    left = charged[n] or bias[n] != 0.0
                    charged[n] = bool(reached) or bias[n] != 0.0 or (charged[n] and self.neuron.beta > 0)
                    current = gain * math.fsum(w * x for w, x in zip(weight[n], received[t], strict=True))
                    potential[n] = self.neuron.beta * potential[n] + current + bias[n]
                    if potential[n] >= self.neuron.threshold:
                        fired[t][n] = 1
                        self.both("spikes_emitted")
                        self.at[self.shown, index, t, "spikes"] += 1
                        self.spikes[index] += 1
                        potential[n] = (
                            0.0 if self.neuron.reset == "zero" else potential[n] - self.neuron.threshold
                        )
                        charged[n] = charged[n] and self.neuron.reset != "zero"
                    active = reached or left or fired[t][n]
                    self.at[self.shown, index, t, "active"] += bool(active)
                    self.both("neuron_updates_active" if active else "neuron_updates_inactive")
            rates = [sum(step[n] for step in fired) / steps for n in range(neurons)]
            gain = math.sqrt(neurons) / (math.sqrt(math.fsum(r * r for r in rates)) + self.epsilon)
            received = fired


@st.composite
def spiking_configs(
    draw: st.DrawFn, encodings: tuple[str, ...] = ("constant", "regular", "latency")
) -> Config:
    widths = ",".join(str(draw(st.integers(1, 5))) for _ in range(draw(st.integers(1, 3))))
    return configured(
        f"widths={widths}",
        f"neuron.steps={draw(st.integers(1, 4))}",
        f"beta={draw(st.sampled_from([0.0, 0.7, 1.0]))}",
        f"neuron.threshold={draw(st.sampled_from([0.7, 1.3, 3.1]))}",
        f"reset={draw(st.sampled_from(['subtract', 'zero']))}",
        f"encoding={draw(st.sampled_from(encodings))}",
        path="spiking",
    )


def nonzero(counts: dict[str, float]) -> dict[str, float]:
    return {name: amount for name, amount in counts.items() if amount}


def check(activity: Activity, simulation: Simulation, config: Config, images: int) -> None:
    for found, expected in (
        (activity.counts, simulation.counts),
        (activity.naive, simulation.naive),
    ):
        assert nonzero(found.to_dict()) == {
            name: amount / images for name, amount in expected.items() if amount
        }
    steps = config.neuron.steps
    for index, layer in enumerate(activity.layers):
        tallied = {"spikes": layer.tally.spikes, "active": layer.tally.active}
        if not layer.tally.analog:
            tallied["events"] = layer.events("shared", CLASSES)
            tallied["zero"] = layer.zero_events("shared", CLASSES)
        for name, tallies in tallied.items():
            assert tallies.shape == (steps, images)
            assert tallies.T.tolist() == [
                [simulation.at[b, index, t, name] for t in range(steps)] for b in range(images)
            ]
        assert int(layer.tally.spikes_of.sum()) == simulation.spikes[index]
    rates = [
        total / (images * CLASSES * steps * width)
        for total, width in zip(simulation.spikes, config.network.widths, strict=True)
    ]
    assert activity.firing_rate == pytest.approx(rates, rel=1e-12)
    assert activity.images == images


@settings(max_examples=60, deadline=None)
@given(spiking_configs(), st.integers(0, 2**30), st.booleans())
def test_spiking_counts_equal_a_simulation_spike_by_spike(config: Config, seed: int, silent: bool) -> None:
    network, inputs = random_network(config, seed, silent), few_inputs(config, 3, seed=seed)
    simulation = Simulation(config, network)
    for pixels in inputs.pixels[:].tolist():
        simulation.image(pixels)
    check(count_activity(network, inputs), simulation, config, 3)


@few
@given(spiking_configs(("bernoulli",)), st.integers(0, 2**30))
def test_bernoulli_counts_are_of_the_spikes_that_were_drawn(config: Config, seed: int) -> None:
    network, inputs = random_network(config, seed), few_inputs(config, 3, seed=seed)
    drawn = inputs.stimulus(slice(0, 3), "predict", 0).image.values  # (T, B, D)
    simulation = Simulation(config, network)
    for b, pixels in enumerate(inputs.pixels[:].tolist()):
        simulation.image(pixels, drawn[:, b].T.int().tolist())
    check(count_activity(network, inputs), simulation, config, 3)


@few
@given(st.lists(st.integers(1, 9), min_size=1, max_size=3), st.integers(1, 7))
def test_dense_counts_follow_the_formula(widths: list[int], images: int) -> None:
    config = configured("widths=" + ",".join(map(str, widths)))
    activity = count_activity(build_network(config, PIXELS, CLASSES), few_inputs(config, images))
    later = sum(before * after for before, after in itertools.pairwise(widths))
    neurons = sum(widths)
    assert activity.counts == Counts(
        {
            # The image once, one label column per label, and later layers once per label.
            "macs_float32": (PIXELS - CLASSES) * widths[0] + CLASSES * (widths[0] + later),
            "muls_float32": CLASSES * (neurons + sum(widths[1:])),  # goodness, and the gain of later layers
            "adds_float32": CLASSES * 2 * neurons,  # goodness and bias
            **({"bus_broadcasts": CLASSES * (len(widths) - 1)} if len(widths) > 1 else {}),
        }
    )
    assert activity.firing_rate == ()
    assert activity.images == images
    assert activity.synaptic_operations == activity.counts["macs_float32"]


@pytest.mark.parametrize("encoding", ["constant", "regular", "latency"])
def test_counts_do_not_depend_on_the_chunk_size(encoding: str) -> None:
    config = configured(f"encoding={encoding}", path="spiking")
    network, inputs = random_network(config, 1), few_inputs(config, 17)
    whole = count_activity(network, inputs)
    for chunk in (1, 5, 17):
        part = count_activity(network, inputs, chunk_size=chunk)
        assert part.counts.to_dict() == pytest.approx(whole.counts.to_dict(), rel=1e-12)
        assert part.firing_rate == pytest.approx(whole.firing_rate, rel=1e-12)


def test_counts_are_means_over_images() -> None:
    config = configured("encoding=regular", path="spiking")
    network, inputs = random_network(config, 2), few_inputs(config, 6)
    singles = [
        count_activity(
            network, replace(inputs, pixels=inputs.pixels[b : b + 1], labels=inputs.labels[b : b + 1])
        )
        for b in range(6)
    ]
    total = sum((single.counts for single in singles), Counts())
    assert count_activity(network, inputs).counts.to_dict() == pytest.approx(
        (total * (1 / 6)).to_dict(), rel=1e-12
    )


def test_a_silent_network_emits_nothing_and_reaches_no_later_layer() -> None:
    config = configured("encoding=latency", "neuron.threshold=1000", path="spiking")
    network, inputs = random_network(config, 3, silent=True), few_inputs(config, 4)
    biased = int(bias_of(network.layers[1]).ne(0).sum())
    activity = count_activity(network, inputs)
    assert activity.counts["spikes_emitted"] == 0
    assert activity.firing_rate == (0.0, 0.0)
    updates = activity.counts["neuron_updates_active"] + activity.counts["neuron_updates_inactive"]
    assert updates == CLASSES * 4 * (6 + 5)
    assert 0 < biased < 5
    assert activity.counts["neuron_updates_inactive"] >= CLASSES * 4 * (5 - biased)
    assert activity.synaptic_operations == activity.counts["synaptic_events"] > 0


def test_synaptic_operations_add_events_and_multiply_accumulates() -> None:
    config = configured(path="spiking")
    activity = count_activity(random_network(config, 4), few_inputs(config, 4))
    assert activity.counts["macs_float32"] == (PIXELS - CLASSES) * 6 + CLASSES * 6
    assert activity.counts["synaptic_events"] > 0
    assert activity.synaptic_operations == (
        activity.counts["macs_float32"] + activity.counts["synaptic_events"]
    )


def test_weights_stored_in_sparse_format_meet_no_zeros() -> None:
    config = configured("encoding=regular", path="spiking")
    network, inputs = random_network(config, 5), few_inputs(config, 4)
    activity = count_activity(network, inputs)
    dense, sparse = activity.counts, activity.work().stored("sparse").counts()
    assert dense["synaptic_events_zero_weight"] > 0
    assert sparse["synaptic_events"] == pytest.approx(dense["synaptic_events_dense"], rel=1e-12)
    assert sparse["synaptic_events_sparse"] == sparse["synaptic_events"]
    assert sparse["synaptic_events_zero_weight"] == 0
    assert sparse["spikes_emitted"] == pytest.approx(dense["spikes_emitted"], rel=1e-12)
    stored = activity.work().stored("sparse")
    assert stored.synapses == sum(int(weight_of(layer).count_nonzero()) for layer in network.layers)
    constant = configured(path="spiking")
    analog = count_activity(random_network(constant, 5), few_inputs(constant, 4)).work()
    zeros = int((weight_of(random_network(constant, 5).layers[0]) == 0).sum())
    assert analog.counts()["macs_float32"] - analog.stored("sparse").counts()["macs_float32"] == zeros


def test_work_per_image_gives_the_same_counts() -> None:
    config = configured("encoding=latency", path="spiking")
    activity = count_activity(random_network(config, 6), few_inputs(config, 7))
    sweeps: tuple[tuple[Sweep, Counts], ...] = (("shared", activity.counts), ("naive", activity.naive))
    for sweep, counts in sweeps:
        assert activity.work(sweep).counts().to_dict() == pytest.approx(counts.to_dict(), rel=1e-12)
    assert activity.naive["synaptic_events"] > activity.counts["synaptic_events"]
    rates = [
        sum(present(layer.spikes_of)) / (CLASSES * 4 * layer.neurons) for layer in activity.work().layers
    ]
    assert rates == pytest.approx(activity.firing_rate, rel=1e-12)


def test_a_black_box_is_counted_by_what_it_sends() -> None:
    config = configured("encoding=regular", path="spiking")
    plain = random_network(config, 7)
    halved = replace(plain, black_boxes={0: lambda spikes: spikes * 0.5})
    silenced = replace(plain, black_boxes={0: torch.zeros_like})
    inputs = few_inputs(config, 4)
    of_plain, of_halved, of_silenced = (count_activity(n, inputs) for n in (plain, halved, silenced))
    assert torch.equal(of_plain.layers[1].tally.own, of_halved.layers[1].tally.own)
    assert of_plain.layers[1].tally.own.sum() > of_silenced.layers[1].tally.own.sum() == 0
    assert torch.equal(of_plain.layers[0].tally.spikes, of_silenced.layers[0].tally.spikes)


def test_no_images_are_a_shape_error() -> None:
    config = configured()
    with pytest.raises(ShapeError, match="no images to count"):
        count_activity(build_network(config, PIXELS, CLASSES), few_inputs(config).head(0))
