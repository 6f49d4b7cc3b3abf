from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroff.config import Config
from neuroff.config.build import build_plan
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network, propagate
from neuroff.core.plan import Stage
from neuroff.counting.forward import count_activity
from neuroff.counting.learning import TrainingActivity, count_training
from neuroff.energy import Counts
from neuroff.energy.pricing.twin import ADAM_ADDS, ADAM_MULS, backprop_counts, dense_twin, optimiser_counts
from neuroff.errors import ConfigError, ShapeError
from neuroff.training.negatives import negative_labels
from tests.samples import CLASSES, PIXELS, configured, few, lively_network, split_of

TRAIN = 6


def counted(
    *settings: str, path: str = "spiking", variant: str = "ff", images: int = TRAIN
) -> tuple[Config, Network, Inputs, TrainingActivity]:
    config = configured(*settings, path=path, variant=variant)
    network, inputs = lively_network(config), split_of(config, train=images).train
    return config, network, inputs, count_training(build_plan(config), network, inputs, config.variant)


def touched_by_the_rule(config: Config, network: Network, inputs: Inputs, stage: Stage) -> int:
    """Products of an input and a postsynaptic factor that are not zero, counted on the rule's tensors."""
    signal = inputs.stimulus(slice(0, len(inputs)), "train", 0)
    labels = torch.stack((inputs.labels, negative_labels(build_plan(config), network, inputs, stage, 0)))
    depth = max(stage.layers) + 1
    total = 0
    for shown in propagate(network, signal, labels, depth=depth, traced=frozenset(stage.layers)):
        if shown.index not in stage.layers:
            continue
        ones = torch.ones(labels.numel(), dtype=torch.float64)
        gradient = network.goodness.gradient(shown.response.activity, ones)
        post = network.population.sensitivity(shown.response, gradient)
        post = post if post.ndim == 3 else post[None]
        if shown.pre is None:
            pre = signal.image.values if signal.image.values.ndim == 3 else signal.image.values[None]
            pre = pre[:, None].expand(-1, 2, -1, -1).clone()
            label = signal.label if signal.label.ndim == 2 else signal.label[None]
            for k, b in itertools.product(range(2), range(len(inputs))):
                pre[:, k, b, labels[k, b]] = label[:, b]
            pre = pre.flatten(1, 2)
        else:
            pre = shown.pre.values if shown.pre.values.ndim == 3 else shown.pre.values[None]
        for t, sample in itertools.product(range(post.shape[0]), range(post.shape[1])):
            total += sum(1 for x in pre[t, sample].tolist() for p in post[t, sample].tolist() if x and p)
    return total


@few
@given(
    st.sampled_from(["constant", "regular", "latency", "bernoulli"]),
    st.sampled_from(["subtract", "zero"]),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.sampled_from(["sequential", "interleaved"]),
)
def test_synapses_touched_equal_those_that_the_rule_changes(
    encoding: str, reset: str, widths: list[int], schedule: str
) -> None:
    config, network, inputs, activity = counted(
        f"encoding={encoding}",
        f"reset={reset}",
        f"widths={','.join(map(str, widths))}",
        f"schedule={schedule}",
        images=3,
    )
    for stage, found in zip(
        build_plan(config).stages(len(config.network.widths)), activity.stages, strict=True
    ):
        assert found.layers == stage.layers
        assert found.touched * 3 == pytest.approx(
            touched_by_the_rule(config, network, inputs, stage), abs=1e-9
        )
        assert found.counts["synapse_updates"] == pytest.approx(found.touched, rel=1e-12)


@few
@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_dense_synapses_touched_equal_those_that_the_rule_changes(widths: list[int]) -> None:
    config, network, inputs, activity = counted(
        f"widths={','.join(map(str, widths))}", path="dense", images=3
    )
    for stage, found in zip(
        build_plan(config).stages(len(config.network.widths)), activity.stages, strict=True
    ):
        assert found.touched * 3 == pytest.approx(
            touched_by_the_rule(config, network, inputs, stage), abs=1e-9
        )
        assert "synapse_updates" not in found.counts  # a matrix product does not skip


def test_a_dense_epoch_by_hand() -> None:
    config, _, _, activity = counted("batch_size=2", "widths=6,5", path="dense")
    first, second = activity.stages
    parameters = PIXELS * 6 + 6
    assert first.work.counts() == Counts(
        {
            "macs_float32": (PIXELS - CLASSES) * 6 + 2 * 6,
            "muls_float32": 2 * 6,
            "adds_float32": 2 * 2 * 6,
        }
    )
    assert first.learning == Counts(
        {
            "bus_broadcasts": 2,
            "muls_float32": 2 * 2 * 6,
            "adds_float32": 2 * 6 + 6,
            "macs_float32": (PIXELS - CLASSES) * 6 + 2 * 6,
        }
    )
    assert first.optimiser == Counts(
        {
            "optimiser_reads_bit": 128 * parameters / 2,
            "optimiser_writes_bit": 96 * parameters / 2,
            "muls_float32": ADAM_MULS * parameters / 2,
            "adds_float32": ADAM_ADDS * parameters / 2,
        }
    )
    # The second stage runs the first layer and trains the second.
    assert second.work.counts()["macs_float32"] == (PIXELS - CLASSES) * 6 + 2 * 6 + 2 * 6 * 5
    assert second.learning["macs_float32"] == 2 * 6 * 5
    assert second.work.counts()["bus_broadcasts"] == 2  # the gain between the layers
    assert activity.counts == first.counts + second.counts
    assert (first.epochs, first.layers, second.layers) == (config.training.epochs, (0,), (1,))


def test_traces_of_a_spiking_epoch() -> None:
    steps = 4
    for settings, updates in ((("encoding=constant",), steps), (("encoding=regular",), 2 * steps)):
        *_, activity = counted(*settings, "widths=6,5")
        first, second = activity.stages
        assert first.learning["trace_updates"] == 2 * 6 * updates
        assert second.learning["trace_updates"] == 2 * 5 * 2 * steps  # its input is always spikes
    *_, online = counted("encoding=regular", "widths=6,5", "neuron.rule=online_step", "network.gain=online")
    assert online.stages[0].learning["trace_updates"] == 2 * (6 + PIXELS) * steps
    assert online.stages[0].learning["bus_broadcasts"] == 2 * steps
    assert online.stages[1].work.counts()["bus_broadcasts"] == 2 * steps + 1  # gains online, and the image's


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_collaboration_is_a_line_of_its_own(path: str) -> None:
    settings = ("widths=6,5,4", "batch_size=3")
    plain = counted(*settings, path=path)[3]
    constant = counted(*settings, path=path, variant="fcff")[3]
    adaptive = counted(*settings, path=path, variant="acff")[3]
    assert plain.collaboration == Counts()
    # Sequentially, the first layer hears nobody, the second one layer, the third two; two labels.
    assert constant.collaboration == Counts(
        {
            "bus_broadcasts": 2 * (1 + 2),
            "adds_float32": 2 * (1 + 2) + 2 * (2 + 3),
            "muls_float32": 2 * (2 + 3),
        }
    )
    more = adaptive.collaboration.to_dict()
    assert more["macs_float32"] == 2 * 2
    assert more["optimiser_reads_bit"] == pytest.approx(2 * 128 / 3)
    assert more["bus_broadcasts"] == constant.collaboration["bus_broadcasts"]
    for stage in constant.stages:
        assert stage.counts == stage.work.counts() + stage.learning + stage.collaboration + stage.optimiser


def test_every_layer_is_heard_where_all_are_partners() -> None:
    every = counted("widths=6,5,4", "partners=all", variant="fcff")[3]
    assert every.collaboration["bus_broadcasts"] == 3 * 2 * 2
    assert [len(stage.work.layers) for stage in every.stages] == [3, 3, 3]
    online = counted("widths=6,5", "collaboration.timing=online", variant="fcff")[3]
    assert online.collaboration["bus_broadcasts"] == 2 * 1 * 4


def test_counts_do_not_depend_on_the_chunk_size() -> None:
    config = configured("encoding=regular", path="spiking", variant="acff")
    network, inputs = lively_network(config), split_of(config).train
    whole = count_training(build_plan(config), network, inputs, config.variant)
    for chunk in (1, 7):
        part = count_training(build_plan(config), network, inputs, chunk_size=chunk)
        assert part.counts.to_dict() == pytest.approx(whole.counts.to_dict(), rel=1e-12)


def test_a_batch_spreads_its_update_over_its_images() -> None:
    full = counted("widths=6")[3].stages[0].optimiser["optimiser_reads_bit"]
    assert full == pytest.approx(128 * (PIXELS * 6 + 6) / TRAIN)
    config, network, inputs, _ = counted("widths=6")
    larger = count_training(build_plan(config), network, inputs, trained_on=600).stages[0].optimiser
    assert larger["optimiser_reads_bit"] == pytest.approx(128 * (PIXELS * 6 + 6) / 600)
    ragged = counted("widths=6", "batch_size=4")[3].stages[0].optimiser  # two updates for six images
    assert ragged["optimiser_reads_bit"] == pytest.approx(128 * (PIXELS * 6 + 6) * 2 / 6)


def test_backpropagation_by_hand() -> None:
    """Forward, gradients and the errors passed down, counted on the products a layer makes."""
    found = backprop_counts((7, 5, 3), 2, 1 / 4)
    weights = [7 * 5, 5 * 3, 3 * 2]
    parameters = sum(weights) + 5 + 3 + 2
    assert found["macs_float32"] == sum(weights) + sum(weights) + weights[1] + weights[2]
    assert found["adds_float32"] == 2 * (5 + 3 + 2) + 2 + ADAM_ADDS * parameters / 4
    assert found["mem_writes_bit_level1"] == found["mem_reads_bit_level1"] == 32 * (5 + 3)
    assert found["optimiser_reads_bit"] == 128 * parameters / 4
    assert counted("widths=6,5")[3].backprop == backprop_counts((PIXELS, 6, 5), CLASSES, 1 / TRAIN)
    with pytest.raises(ConfigError, match="at least one layer"):
        backprop_counts((7,), 2, 1.0)
    with pytest.raises(ConfigError, match="unknown choice 'int3'"):
        backprop_counts((7, 5), 2, 1.0, dtype="int3")
    assert optimiser_counts(10, 0.5, dtype="int8")["muls_int8"] == ADAM_MULS * 5


@pytest.mark.parametrize("encoding", ["constant", "regular"])
def test_the_dense_twin_has_the_same_layers_and_no_spikes(encoding: str) -> None:
    config = configured(f"encoding={encoding}", path="spiking")
    spiking = count_activity(lively_network(config), split_of(config).test)
    dense = configured("widths=6,5")
    reference = count_activity(lively_network(dense), split_of(dense).test)
    twin = dense_twin(spiking.work()).counts()
    # The image's products are not shared between labels where spikes are the input.
    expected = (reference.counts if encoding == "constant" else reference.naive).to_dict()
    assert twin.to_dict() == {name.replace("float32", "int8"): value for name, value in expected.items()}
    assert dense_twin(spiking.work(), dtype="float32").counts().to_dict() == expected


def test_no_images_are_a_shape_error() -> None:
    config = configured(path="spiking")
    with pytest.raises(ShapeError, match="no images to count"):
        count_training(build_plan(config), lively_network(config), split_of(config).train.head(0))


@pytest.mark.parametrize("path", ["dense", "spiking"])
def test_hard_wrong_labels_take_a_sweep_of_their_own(path: str) -> None:
    """The sweep equals that of a prediction by the stage's layers; labels drawn unseen take none."""
    unseen = counted("widths=6,5", path=path)[3]
    _, network, inputs, hard = counted("widths=6,5", "label.negatives=hard", path=path)
    assert [stage.choosing for stage in unseen.stages] == [(), ()]
    (first,), (second,) = (stage.choosing for stage in hard.stages)
    assert second.counts() == count_activity(network, inputs).work().counts()
    assert first.presentations == CLASSES
    assert len(first.layers) == 1
    for stage in hard.stages:
        assert stage.counts == stage.work.counts() + stage.beside + stage.choosing[0].counts()


@pytest.mark.parametrize("settings", [("path=dense",), ("encoding=regular",), ("encoding=constant",)])
def test_a_shortlist_is_asked_twice_and_the_image_multiplied_once(settings: tuple[str, ...]) -> None:
    path = "dense" if settings == ("path=dense",) else "spiking"
    rest = settings if path == "spiking" else ()
    _, network, _, hard = counted(
        "widths=6,5", "label.negatives=hard", "label.candidates=2", *rest, path=path
    )
    everything, few_of_them = hard.stages[1].choosing
    assert (everything.presentations, few_of_them.presentations) == (CLASSES, 2)
    assert (len(everything.layers), len(few_of_them.layers)) == (1, 2)
    label_events = 2 * 6  # two columns of six neurons
    if few_of_them.layers[0].products:
        assert few_of_them.layers[0].products == label_events
        assert everything.layers[0].products == (PIXELS - CLASSES) * 6 + CLASSES * 6
    else:
        steps = network.population.steps
        assert sum(few_of_them.layers[0].events) == label_events * steps
        assert sum(everything.layers[0].events) > CLASSES * 6 * steps


def test_a_presentation_that_is_run_twice_counts_twice() -> None:
    once = counted("encoding=regular", "neuron.rule=online_step", "network.gain=online")[3].stages[0]
    twice = counted("encoding=regular", "neuron.rule=online_end", "network.gain=online")[3].stages[0]
    for name in ("synaptic_events", "neuron_updates_active", "spikes_emitted"):
        assert twice.work.counts()[name] == 2 * once.work.counts()[name] > 0
    assert twice.counts["synapse_updates"] == once.counts["synapse_updates"]


def test_silenced_pixels_send_nothing() -> None:
    loud = counted("encoding=regular", "widths=6", images=40)[3].stages[0].work.counts()
    quiet = counted("encoding=regular", "widths=6", "pixel_dropout=0.5", images=40)[3].stages[0].work.counts()
    assert 0 < quiet["synaptic_events"] < 0.9 * loud["synaptic_events"]
