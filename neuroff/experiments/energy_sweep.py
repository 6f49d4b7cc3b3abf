"""Accuracy against energy: networks of several sizes, time steps, firing rates and weight widths.

Each combination of time steps, width, firing threshold and rate penalty is trained once; its weights are then
rounded to each number of bits, and the rounded network is measured, counted, placed and priced anew. On chips
its energy is that of its export, whose integers have as many bits; its accuracy is the rounded network's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import torch

from neuroff import checks
from neuroff.config import Config, Variant
from neuroff.config import Path as NetworkPath
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import PresetName, preset
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.data import DataSet
from neuroff.energy import Profile
from neuroff.energy.pricing.account import prediction
from neuroff.energy.pricing.exported import MOST_BITS
from neuroff.errors import ConfigError, require_choice
from neuroff.experiments.energy import RunWork, count_network, exported_prediction
from neuroff.provenance import commit, versions
from neuroff.results.sweep import SweepResult
from neuroff.runs.folder import TrainedRun
from neuroff.runs.grid import HERE, Execution, TrainAndRead, run_grid
from neuroff.training.evaluate import accuracy

SPIKES_IN = ("data.input_scale=raw", "label.amplitude=one", "neuron.encoding=regular")
"""Pixels as evenly spaced spikes: so a chip without multiply-accumulates prices the first layer as well."""

_COUNTED = 300


@dataclass(frozen=True)
class EnergySweep:
    """What is swept.

    Attributes:
        dataset: named data set.
        preset: where settings start.
        beside: further presets, whose networks stand in the same figure: ``groups``, asked the other way.
        path: spiking or dense; a dense network has no time steps and no threshold.
        variant: ff, fcff or acff.
        steps: T, numbers of time steps.
        widths: neurons of each hidden layer.
        thresholds: firing thresholds θ_v; higher ones fire less.
        rate_penalties: λ of the loss term λ · mean activity; higher ones fire less.
        weight_bits: bits that trained weights are rounded to.
        seed: of every run.
        settings: ``key=value`` settings for all runs.
    """

    dataset: str = "digits"
    preset: PresetName = "demo"
    path: NetworkPath = "spiking"
    variant: Variant = "acff"
    steps: Sequence[int] = (2, 4, 8)
    widths: Sequence[int] = (50, 200)
    thresholds: Sequence[float] = (1.0,)
    rate_penalties: Sequence[float] = (0.0,)
    weight_bits: Sequence[int] = (3, 4, 8)
    seed: int = 0
    settings: Sequence[str] = ()
    beside: Sequence[PresetName] = ()

    def __post_init__(self) -> None:
        where = "EnergySweep"
        for name, choices in (("preset", PresetName), ("path", NetworkPath), ("variant", Variant)):
            require_choice(getattr(self, name), get_args(choices), f"{where}, {name}")
        checks.require_words("beside", self.beside, get_args(PresetName), where=where, some=False)
        for name in ("steps", "widths", "weight_bits"):
            checks.require_wholes(name, getattr(self, name), least=1, where=where)
        checks.require_numbers("thresholds", self.thresholds, above=0.0, where=where)
        checks.require_numbers("rate_penalties", self.rate_penalties, least=0.0, where=where)
        checks.require_whole("seed", self.seed, least=0, below=2**63, where=where)

    def configs(self) -> Iterator[tuple[str, Config]]:
        """Yield name and configuration of every network that is trained."""
        for name in dict.fromkeys((self.preset, *self.beside)):
            for of_run, config in self._of_preset(name):
                yield (of_run if name == self.preset else f"{name}-{of_run}"), config

    def _of_preset(self, start_name: PresetName) -> Iterator[tuple[str, Config]]:
        spiking = self.path == "spiking"
        grid = itertools.product(
            self.steps if spiking else (1,),
            self.widths,
            self.thresholds if spiking else (1.0,),
            self.rate_penalties,
        )
        for steps, width, threshold, penalty in grid:
            start = preset(
                start_name, path=self.path, variant=self.variant, dataset=self.dataset, seed=self.seed
            )
            own = [f"network.widths={','.join([str(width)] * len(start.network.widths))}"]
            name = f"w{width}"
            if spiking:
                own += [*SPIKES_IN, f"neuron.steps={steps}", f"neuron.threshold={threshold:g}"]
                name = f"T{steps}-{name}-theta{threshold:g}"
            if penalty:
                own.append(f"training.rate_penalty={penalty:g}")
                name += f"-lambda{penalty:g}"
            config = apply_settings(start, [*own, *self.settings])
            config.network.dense_widths("a sweep over widths")
            yield name, config


@dataclass(frozen=True)
class _Run:
    """One trained network of a sweep."""

    name: str
    config: Config

    @property
    def folder(self) -> str:
        return f"runs/{self.name}"


def sweep_energy(
    sweep: EnergySweep,
    dataset: DataSet,
    profiles: Sequence[Profile],
    out: Path,
    *,
    resume: bool = False,
    execution: Execution = HERE,
) -> SweepResult:
    """Train, round, measure and price every combination, and write ``sweep.json``.

    Args:
        sweep: what to sweep.
        dataset: the images.
        profiles: hardware.
        out: folder; each trained network gets a folder in ``out/runs``.
        resume: use runs already finished there and go on with an interrupted one.
        execution: on which device, by which back end, and who listens.

    Returns:
        What ``sweep.json`` holds: ``points``, one per network and number of bits, each with ``accuracy``
        and for every profile ``energy_J`` (None where it does not fit or has no price), ``latency_s``,
        ``fits``, ``is_lower_bound`` and whether it is on the ``front`` of that profile.

    Raises:
        ConfigError: if there is nothing to sweep or a setting is not valid.
        RunError: if ``out`` holds runs and ``resume`` is not set.
        neuroff.training.Interrupted: if asked to stop.
    """
    checks.require_kind("sweep", sweep, EnergySweep, where="sweep_energy")
    checks.require_kind("dataset", dataset, DataSet, where="sweep_energy")
    checks.require_all("profiles", profiles, Profile, where="sweep_energy")
    out = checks.path_of("out", out, "sweep_energy")
    runs = [_Run(name, config) for name, config in sweep.configs()]
    if not runs or not sweep.weight_bits or min(sweep.weight_bits) < 2:
        raise ConfigError(
            "nothing to sweep", where="sweep", expected="a choice of each, weights of 2 bits or more"
        )
    last = sweep.weight_bits[-1]
    found = run_grid(
        runs,
        TrainAndRead(
            partial(_points, weight_bits=sweep.weight_bits, profiles=profiles),
            out,
            dataset,
            execution.device,
            resume,
        ),
        execution,
        summary=lambda run, points: f"{run.name}: test {points[-1]['accuracy']:.4f} at {last} bits",
    )
    points = [point for of_run in found for point in of_run]
    for profile in profiles:
        _mark_front(points, profile.id)
    values = {
        "format": 1,
        "dataset": sweep.dataset,
        "preset": sweep.preset,
        "path": sweep.path,
        "variant": sweep.variant,
        "seed": sweep.seed,
        "settings": list(sweep.settings),
        **({"beside": list(sweep.beside)} if sweep.beside else {}),
        "profiles": {
            profile.id: {
                "name": profile.meta.name,
                "boundary": profile.meta.boundary,
                "sha256": profile.sha256(),
            }
            for profile in profiles
        },
        "points": points,
        "versions": versions(),
        "commit": commit(),
    }
    result = SweepResult.of(values, "sweep")
    result.write(out / "sweep.json")
    return result


def with_weight_bits(network: Network, bits: int) -> Network:
    """Return the network with the weights of each layer rounded to a number of bits.

    The grid is symmetric around zero, with 2^(bits−1) − 1 steps up to the layer's largest weight. Biases stay
    as they are: they are added to a state that is wider than a weight.

    Args:
        network: the network.
        bits: at least 2.

    Raises:
        ConfigError: if there are fewer than 2 bits.
    """
    if bits < 2:
        raise ConfigError(f"weights of {bits} bits", expected="2 or more")
    most = 2 ** (bits - 1) - 1

    def rounded(weight: torch.Tensor) -> torch.Tensor:
        step = weight.abs().max() / most
        return weight if step == 0 else (weight / step).round() * step

    layers = tuple(layer.mapped(weight=rounded) for layer in network.layers)
    return replace(network, layers=layers)


def _points(
    run: _Run, trained: TrainedRun, split: Split, weight_bits: Sequence[int], profiles: Sequence[Profile]
) -> list[dict[str, Any]]:
    exported, _ = exported_prediction(trained.network, split, _COUNTED)
    points = []
    for bits in weight_bits:
        rounded = with_weight_bits(trained.network, bits)
        work = count_network(
            rounded, split, images=_COUNTED, learning_images=0, weight_bit=bits, priced_as="simulated"
        )
        if exported is not None and bits <= MOST_BITS:
            work = replace(work, counted=replace(work.counted, exported=exported, priced_as=None))
        points.append(
            {
                "run": run.name,
                **({} if run.config.asking.form == "label" else {"asking": run.config.asking.form}),
                **_point(run.config, rounded, split, bits, work, profiles),
            }
        )
    return points


def _point(
    config: Config, rounded: Network, split: Split, bits: int, work: RunWork, profiles: Sequence[Profile]
) -> dict[str, Any]:
    activity, found = work.activity, {}
    for profile in profiles:
        as_priced = prediction(work.counted, profile)
        placed, priced = as_priced.placed, as_priced.placed.estimate
        found[profile.id] = {
            "energy_J": None if as_priced.energy_J is None else as_priced.energy_J.to_dict(),
            "priced_as": as_priced.priced_as,
            "is_lower_bound": priced is not None and priced.is_lower_bound,
            "unpriced": [entry.count for entry in priced.unpriced] if priced is not None else [],
            "latency_s": placed.latency_s,
            "latency_is_lower_bound": placed.latency_is_lower_bound,
            "fits": placed.fits,
            "shortfalls": [str(entry) for entry in placed.placement.shortfalls],
            "front": False,
        }
    return {
        "steps": activity.steps,
        "width": config.network.widths[0],
        "threshold": config.neuron.threshold,
        "rate_penalty": config.training.rate_penalty,
        "weight_bits": bits,
        "accuracy": accuracy(rounded, split.test, config.network.prediction),
        "firing_rate": list(activity.firing_rate) or None,
        "spikes": activity.counts["spikes_emitted"],
        "profiles": found,
    }


def _mark_front(points: Sequence[dict[str, Any]], profile: str) -> None:
    """Mark the points that no other one beats in accuracy for at most the same nominal energy."""
    priced = [point for point in points if point["profiles"][profile]["energy_J"] is not None]
    best = -1.0
    for point in sorted(
        priced, key=lambda p: (p["profiles"][profile]["energy_J"]["nominal"], -p["accuracy"])
    ):
        if point["accuracy"] > best:
            best = point["accuracy"]
            point["profiles"][profile]["front"] = True
