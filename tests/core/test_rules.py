from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroff.config import Config, Variant
from neuroff.config.build import build_losses, build_network, goodness_threshold
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.core.asking import Question
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Stimulus
from neuroff.training.step import LayerStatistics, learn_chunk
from tests.narrow import as_a, present
from tests.oracles import (
    activity_through_time,
    goodness_of,
    heard_of,
    lif_through_time,
    normalised,
    overlaid,
    sent_on,
)
from tests.samples import encoder_of, state_by

CLASSES = 4


def closed_form(
    config: Config, pixels: torch.Tensor, labels: torch.Tensor, network: Network
) -> tuple[dict[int, LayerGradient], dict[int, LayerStatistics], Stimulus]:
    """Gradients of all layers by the local rule, over one batch in two chunks."""
    encoder = encoder_of(config)
    losses = build_losses(config)
    layers = range(len(network.layers))
    gradients = {i: LayerGradient.of(network.layers[i]) for i in layers}
    statistics = {i: LayerStatistics.empty(torch.device("cpu")) for i in layers}
    signal = encoder.stimulus(pixels, "test")
    images = labels.shape[1]
    for rows in (slice(0, images // 2), slice(images // 2, images)):
        learn_chunk(
            network,
            losses,
            signal.rows(rows),
            Question(labels[:, rows]),
            gradients,
            statistics,
            images=images,
        )
    return gradients, statistics, signal


def by_autograd(
    config: Config, pixels: torch.Tensor, labels: torch.Tensor, network: Network, signal: Stimulus
) -> list[tuple[torch.Tensor, dict[str, torch.Tensor]]]:
    """The same gradients by autograd, one layer at a time, on overlaid copies of the images."""
    loss_config, collaboration = config.training, config.collaboration
    depth = len(network.layers)
    theta = goodness_threshold(config)
    centre = theta if collaboration.threshold == "centred" and config.variant != "ff" else 0.0
    parameters = [
        {name: tensor.clone().requires_grad_() for name, tensor in layer.tensors().items()}
        for layer in network.layers
    ]
    populations = [
        replace(
            as_a(LIF, network.population_of(index)),
            **cast("dict[str, Any]", {name: layer[name] for name in config.neuron.learned}),
        )
        if config.path == "spiking"
        else network.population
        for index, layer in enumerate(parameters)
    ]
    goodness: list[list[torch.Tensor]] = []
    messages: list[list[torch.Tensor]] = []
    for sign in range(2):
        goodness.append([])
        messages.append([])
        if config.path == "dense":
            images = overlaid(pixels.double() / 255, labels[sign], CLASSES, 1.0)
            incoming = normalised(images, images, network.target_length(images.shape[1]), network.epsilon)
        elif signal.image.values.ndim == 2:
            column = torch.zeros(labels.shape[1], pixels.shape[1], dtype=torch.float64)
            column[torch.arange(labels.shape[1]), labels[sign]] = signal.label
            incoming = (signal.image.values + column).expand(config.neuron.steps, -1, -1)
        else:
            incoming = (signal.image.values * present(signal.image.gain)[:, None]).clone()
            for b in range(labels.shape[1]):
                incoming[:, b, labels[sign, b]] = signal.label[:, b]
        for population, layer in zip(populations, parameters, strict=True):
            driven = incoming.detach() @ layer["weight"].T + layer["bias"]
            if config.path == "dense":
                activity = output = torch.relu(driven)
            else:
                output = lif_through_time(driven, as_a(LIF, population))
                activity = activity_through_time(output, config.neuron.trace_decay)
            name = config.network.goodness
            goodness[sign].append(goodness_of(activity, name, config.network.goodness_scale))
            messages[sign].append(heard_of(output.detach(), goodness[sign][-1].detach(), network, name))
            incoming = sent_on(output, activity, network)
    expected = []
    for index, layer in enumerate(parameters):
        if collaboration.partners == "all" and config.variant != "ff":
            partners = [j for j in range(depth) if j != index]
        else:
            partners = list(range(index))
        averaged = collaboration.weight == "mean" or config.variant == "ff"
        share = 1 / len(partners) if averaged and partners else 1.0
        c = []
        for sign in range(2):
            heard = sum((share * (messages[sign][j] - centre) for j in partners), torch.zeros(()).double())
            c.append(goodness[sign][index] + layer["gamma"] * heard)
        if loss_config.loss == "threshold":
            terms = torch.cat([theta - c[0], c[1] - theta])
            value = torch.logaddexp(terms, torch.zeros_like(terms)).mean()
        else:
            value = torch.logaddexp(
                -loss_config.loss_steepness * (c[0] - c[1]), torch.zeros(()).double()
            ).mean()
        found = torch.autograd.grad(value, tuple(layer.values()), allow_unused=True)
        expected.append((value, dict(zip(layer, found, strict=True))))
    return expected


@st.composite
def small_runs(draw: st.DrawFn, path: str) -> tuple[Config, int, int]:
    depth = draw(st.integers(1, 3))
    widths = [draw(st.integers(2, 9)) for _ in range(depth)]
    options = {
        "widths": ",".join(map(str, widths)),
        "goodness": draw(st.sampled_from(["mean_squares", "sum_squares", "negative_squares", "linear"])),
        "goodness_scale": draw(st.sampled_from([1.0, 7.0])),
        "normalisation": "rms" if path == "spiking" else draw(st.sampled_from(["unit", "rms"])),
        "collaboration.threshold": draw(st.sampled_from(["literal", "centred"])),
        "partners": draw(st.sampled_from(["trained", "all"])),
        "collaboration.weight": draw(st.sampled_from(["mean", "one"])),
        "gamma": draw(st.sampled_from([0.0, 0.5, -1.3])),
        "loss": draw(st.sampled_from(["threshold", "pairwise"])),
        "theta": draw(st.sampled_from([0.1, 2.0])),
        "precision": "float64",
        "input_scale": "raw",
        "amplitude": "one",
    }
    if path == "spiking":
        options |= {
            "neuron.steps": draw(st.integers(1, 8)),
            "beta": draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])),
            "neuron.threshold": draw(st.sampled_from([0.3, 1.0])),
            "reset": draw(st.sampled_from(["subtract", "zero"])),
            "encoding": draw(st.sampled_from(["constant", "bernoulli", "regular", "latency"])),
            "surrogate": draw(st.sampled_from(["fast_sigmoid", "atan", "triangle", "boxcar"])),
            "model": draw(st.sampled_from(["lif", "lif", "cuba", "if"])),
            "refractory": draw(st.sampled_from([0, 0, 1, 2])),
            "trace_decay": draw(st.sampled_from([1.0, 1.0, 0.8])),
            "gain": draw(st.sampled_from(["presentation", "online", "constant"])),
            "constant_gain": draw(st.sampled_from([1.0, 2.5])),
            "timing": draw(st.sampled_from(["presentation", "online"])),
            "bits": draw(st.sampled_from(["none", "1", "3"])),
            "range": draw(st.sampled_from([1.0137, 3.9731])),
            "delay": draw(st.sampled_from([0, 0, 1, 20])),
        }
        learned = {"lif": ["", "beta", "threshold,beta"], "cuba": ["", "alpha,beta", "threshold"]}
        options["learned"] = draw(st.sampled_from(learned.get(str(options["model"]), ["", "threshold"])))
        if draw(st.booleans()):
            options["betas"] = ",".join(str(draw(st.sampled_from([0.3, 0.8, 1.0]))) for _ in widths)
            options["alphas"] = ",".join(str(draw(st.sampled_from([0.2, 0.9]))) for _ in widths)
    variants: tuple[Variant, ...] = ("ff", "fcff", "acff")
    variant = draw(st.sampled_from(variants))
    config = apply_settings(
        preset("paper", variant=variant),
        [f"path={path}", "train_count=none", *(f"{k}={v}" for k, v in options.items())],
    )
    seed, batch = draw(st.integers(0, 2**30)), draw(st.integers(2, 7))
    return config, seed, batch


def check(run: tuple[Config, int, int], tolerance: float) -> None:
    config, seed, batch = run
    stream = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (batch, 12), generator=stream, dtype=torch.uint8)
    true = torch.randint(0, CLASSES, (batch,), generator=stream)
    labels = torch.stack((true, (true + 1) % CLASSES))
    state = state_by(config.model_copy(update={"seed": seed}), 12)
    network = build_network(config, 12, CLASSES, layers=state.layers)
    gradients, statistics, signal = closed_form(config, pixels, labels, network)
    expected = by_autograd(config, pixels, labels, network, signal)
    for index, (value, reference) in enumerate(expected):
        gradient = gradients[index]
        found = {
            "weight": gradient.synapses["weight"],
            "bias": gradient.synapses["bias"],
            "gamma": gradient.gamma,
            **gradient.neuron,
        }
        assert found.keys() == reference.keys()
        for name, theirs in reference.items():
            theirs = torch.zeros_like(found[name]) if theirs is None else theirs
            # Positive and negative data may cancel to rounding errors of terms whose size grows with κ.
            scale = max(float(theirs.norm()), 1e-5 * config.network.goodness_scale)
            assert float((found[name] - theirs).norm()) <= tolerance * scale, name
        assert float(statistics[index].totals[0]) / batch == pytest.approx(value.item(), rel=1e-9)


@settings(max_examples=150, deadline=None)
@given(small_runs("dense"))
def test_dense_closed_form_equals_autograd(run: tuple[Config, int, int]) -> None:
    check(run, 1e-9)


@settings(max_examples=200, deadline=None)
@given(small_runs("spiking"))
def test_spiking_closed_form_equals_autograd_through_time(run: tuple[Config, int, int]) -> None:
    check(run, 1e-8)
