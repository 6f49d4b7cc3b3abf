"""Neurons whose threshold rises with spikes, in integers: by hand, beside the floating point, as files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroff.chip.deploy import deploy, spike_counts
from neuroff.chip.limits import chip_work
from neuroff.chip.neurons import neuron_step, neurons_at_start
from neuroff.chip.quantise import quantise
from neuroff.cli.main import run
from neuroff.core.network import propagate
from neuroff.core.neurons import LIF, AdaptiveLIF
from neuroff.errors import ExportError
from neuroff.exchange.c.running import find_compiler
from neuroff.exchange.c.source import header, parse
from tests.chip.test_steps import integers, some_neurons
from tests.chips import random_program
from tests.narrow import as_a
from tests.samples import configured, few, few_inputs, lively_network

ADAPTIVE = ("adaptation=1.5", "adaptation_decay=0.8", "encoding=regular", "gain=constant", "model=if")


@few
@given(
    st.integers(0, 400), st.integers(0, 4096), st.integers(1, 2**23 - 1), st.booleans(), st.integers(0, 2**20)
)
def test_steps_are_those_of_the_equations(
    leak: int, decay: int, raised_by: int, subtracts: bool, seed: int
) -> None:
    """Against Python's own integers, neuron by neuron."""
    taken = 100 if subtracts else 0
    neurons = some_neurons(
        4, voltage_decay=leak, raised_by=raised_by, raised_decay=decay, taken_mantissa=taken
    )
    state, arriving = neurons_at_start(neurons, 1), integers(-50, 400, 12, 1, 4, seed=seed)
    by_hand = [(0, 0)] * 4
    for now in arriving:
        state, spikes = neuron_step(neurons, state, now)
        for index, (voltage, raised) in enumerate(by_hand):
            kept = abs(voltage) * (4096 - leak) // 4096
            voltage = (kept if voltage > 0 else -kept) + 64 * int(now[0, index])
            fired = voltage > 6400 + raised
            if fired:
                voltage = voltage - 6400 - raised if subtracts else 0
            raised = min(raised * (4096 - decay) // 4096 + raised_by * fired, 2**23 - 1)
            by_hand[index] = voltage, raised
            assert int(spikes[0, index]) == fired
            assert int(state.voltage[0, index]) == voltage
            assert state.raised is not None
            assert int(state.raised[0, index]) == raised


@pytest.mark.parametrize("reset", ["rest", "subtract"])
@pytest.mark.parametrize(
    "model", [(), ("model=lif", "beta=0.9"), ("model=cuba", "alpha=0.6", "refractory=2")]
)
def test_a_deployed_network_fires_as_the_trained_one(model: tuple[str, ...], reset: str) -> None:
    trained_reset = "zero" if reset == "rest" or "refractory=2" in model else "subtract"
    config = configured(*ADAPTIVE, *model, f"reset={trained_reset}", "neuron.steps=24", path="spiking")
    network, inputs = lively_network(config), few_inputs(config, 20)
    chosen = quantise(network, inputs, reset="rest" if reset == "rest" else "subtract")
    deployment = deploy(chosen)
    for layer, index in zip(deployment.chip.layers, range(len(network.layers)), strict=True):
        adaptive = as_a(AdaptiveLIF, network.population_of(index))
        unit = chosen.scales[index].state_unit
        assert layer.neurons.raised_by / unit == pytest.approx(adaptive.strength * 0.2, rel=0.02)
        assert layer.neurons.raised_decay / 4096 == pytest.approx(0.2, rel=1e-3)
    stimulus, asked = inputs.stimulus(slice(None)), network.asking.everything(len(inputs))
    counts = spike_counts(deployment, stimulus, asked)
    plain = replace(network, populations={}, population=as_a(LIF, as_a(AdaptiveLIF, network.population).lif))
    for shown, unadapted, fired in zip(
        propagate(network, stimulus, asked), propagate(plain, stimulus, asked), counts, strict=True
    ):
        trained, integer = float(shown.response.output.sum()), float(fired.sum())
        assert integer == pytest.approx(trained, rel=0.1)
        if shown.index == 0:  # and adaptation is what makes it fire less
            assert trained < 0.99 * float(unadapted.response.output.sum())
    work = chip_work(deployment, inputs)
    assert all(sum(layer.active) > sum(layer.spikes) for layer in work.layers)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"raised_by": -1}, r"raised_by = -1.*from 0 to 8388607"),
        ({"raised_by": 2**23}, r"raised_by = 8388608"),
        ({"raised_by": 5, "raised_decay": 4097}, r"raised_decay = 4097.*from 0 to 4096"),
        ({"raised_decay": 3}, r"raised_decay = 3.*from 0 to 0"),
        ({"raised_by": 5, "most": 3, "taken_mantissa": 100}, r"raised_by = 5 beside most = 3"),
    ],
)
def test_numbers_out_of_range_are_refused(changed: dict[str, int], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        some_neurons(**changed)


def test_only_headers_of_neurons_that_adapt_have_lines_for_them() -> None:
    programs = [random_program(seed) for seed in range(12)]
    adapts = [any(layer.neurons.raised_by for layer in each.chip.layers) for each in programs]
    assert {*adapts} == {True, False}
    for program, rises in zip(programs, adapts, strict=True):
        text = header(program)
        assert ("raised" in text.partition("*/")[2]) == rises
        assert "NEUROFF_ADAPTS" not in text
        back = parse(text, Path("f.h"))
        assert [layer.neurons.raised_by for layer in back.chip.layers] == [
            layer.neurons.raised_by for layer in program.chip.layers
        ]


def test_it_leaves_for_c_and_the_emulator_and_is_refused_by_name_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = (
        "epochs=3", "train_count=400", "neuron.threshold=0.3", "evaluate_every=0", "widths=40,40",
        "neuron.steps=8", "reset=zero", "neuron.adaptation=1", "encoding=regular",
        "gain=constant", "input_scale=raw",
    )  # fmt: skip
    chosen = [part for each in settings for part in ("--set", each)]
    folder = str(tmp_path / "run")
    command = ["train", "--dataset", "digits", "--preset", "groups", "--path", "spiking", *chosen]
    assert run([*command, "--out", folder, "--quiet"]) == 0
    targets = ["loihi", *(["c"] if find_compiler() else [])]
    for target in targets:
        out = str(tmp_path / {"loihi": "own.json", "c": "own.h"}[target])
        assert run(["export", folder, "--to", target, "--out", out]) == 0
        capsys.readouterr()
        assert run(["verify", out, folder, "--images", "60", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["spikes"] > 300
        assert found["differing"] == 0
        assert abs(found["accuracy"]["file"] - found["accuracy"]["run"]) < 0.1
    for target in ("netx", "sanafe", "nir"):
        assert run(["export", folder, "--to", target, "--out", str(tmp_path / target)]) == 2
        said = capsys.readouterr().err
        assert "threshold" in said
        assert "--to loihi" in said or "lava-dl" in said
        assert not (tmp_path / target).exists()
    assert run(["energy", folder, "--profile", "loihi1-davies2018", "--images", "20"]) == 0
    assert " exported " in capsys.readouterr().out  # priced as the integers that a chip would run
