"""Calls of what the rooms offer, each with a small network and few images."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from neuroff.chip.deploy import Deployment, deploy
from neuroff.chip.learning import forward_forward_rule
from neuroff.chip.limits import chip_work
from neuroff.chip.model import ChipModel
from neuroff.chip.quantise import quantise
from neuroff.config import Config
from neuroff.convert import Twin, to_spikes
from neuroff.core.neurons import LIF
from neuroff.core.plan import Plan
from neuroff.data import DataSet
from neuroff.energy import Counts, Profile, load_profile
from neuroff.experiments.compare import Comparison
from neuroff.experiments.energy_sweep import EnergySweep
from tests.public.calls import Call, call
from tests.public.core_calls import inputs, network, split
from tests.samples import synthetic

OUT = Path("nowhere/at/all")


@cache
def data() -> DataSet:
    return synthetic()


@cache
def profile() -> Profile:
    return load_profile("loihi1-davies2018")


@cache
def chip_model() -> ChipModel:
    return quantise(network(True), inputs())


@cache
def deployment() -> Deployment:
    return deploy(chip_model())


@cache
def twin() -> Twin:
    return to_spikes(network(), inputs(), steps=4)


def arrays() -> dict[str, Any]:
    made = data()
    return {name: getattr(made, name) for name in (
        "name", "train_images", "train_labels", "test_images", "test_labels", "provenance", "n_classes"
    )}  # fmt: skip


NETWORK = {"network": network, "inputs": inputs}

CALLS: dict[str, Call] = {
    "experiments.compare.Comparison": call(
        lambda: {"dataset": "digits", "preset": "demo"},
        "dataset",
        "settings",
        seeds=((), (1.5,), (-1,)),
        paths=((), ("dens",)),
        variants=((), "ff"),
        beside=(("nonsense",),),
    ),
    "data.dataset.DataSet": call(
        arrays,
        "name",
        "provenance",
        train_images=(np.zeros((40, 3, 4), np.int64),),
        n_classes=(1,),
        planes=((1, 2, 3),),
        steps=(0, 3),
    ),
    "runs.directory.RunDirectory": call(lambda: {"path": OUT}, "path", path=(3, None)),
    "training.evaluate.accuracy": call(
        lambda: {"network": network(), "inputs": inputs(), "rule": "last"},
        inputs=(split(),),
        depth=(0, 1.5, 9),
    ),
    "training.evaluate.predict": call(
        lambda: {"network": network(), "inputs": inputs(), "rule": "last"},
        inputs=(split(),),
        depth=(0, 1.5, 9),
        chunk_size=(0, 1.5, "x"),
    ),
    "config.overrides.apply_settings": call(
        lambda: {"config": Config(), "settings": ("gamma=0.5",)}, "where", settings=("gamma", (3,), ("no=1",))
    ),
    "config.build.build": call(lambda: {"config": Config(), "split": split()}),
    "config.build.build_network": call(
        lambda: {"config": Config(), "inputs": 784, "classes": 10},
        inputs=(0,),
        classes=(1, 800),
        planes=((1, 28, 28),),
        population=("x",),
        engine=("numba",),
        asking=(10,),
        layers=((3,),),
    ),
    "experiments.compare.compare": call(
        lambda: {
            "comparison": Comparison("digits", "demo"),
            "dataset": data(),
            "profiles": (profile(),),
            "out": OUT,
        },
        "measures",
        "execution",
        profiles=("all",),
        out=(3,),
    ),
    "counting.forward.count_activity": call(
        lambda: {"network": network(), "inputs": inputs()}, inputs=(split(),), chunk_size=(0,)
    ),
    "report.energy.making.energy_report": call(
        lambda: {"network": network(), "data": split(), "profiles": (profile(),), "plan": Plan(epochs=1)},
        "name",
        "dataset",
        images=(0,),
        learning_images=(0,),
        weight_bits=(0, 1.5, "x"),
        priced_as=("much",),
        profiles=((3,), ("nonsense",)),
    ),
    "energy.pricing.estimate.estimate": call(
        lambda: {"counts": Counts({"synaptic_events": 1.0}), "profile": profile()}
    ),
    "exchange.formats.export": call(
        lambda: {"network": network(True), "split": split(), "to": "c", "out": OUT},
        split=(inputs(),),
        out=(3,),
        options=({"bits": 3},),
    ),
    "foreign.of_module.from_module": call(
        lambda: {"module": nn.Linear(3, 2), "example": torch.zeros(2, 1, 3)}, "name", dt_ms=(0.0, -1.0)
    ),
    "data.api.load": call(lambda: {"name": "digits"}, steps=(0, 1.5, "x")),
    "runs.network_file.load_network": call(lambda: {"path": OUT}, "parts", path=("nowhere", 3)),
    "energy.profile.catalogue.load_profile": call(
        lambda: {"name_or_path": "loihi1-davies2018"}, name_or_path=(None, profile())
    ),
    "runs.reading.load_run": call(lambda: {"directory": OUT}, "device"),
    "config.inputs.prepare": call(
        lambda: {"dataset": data(), "config": Config()}, device=("gpu",), dataset=("digits",)
    ),
    "config.presets.preset": call(lambda: {"name": "demo"}, dataset=(3, "nonsense"), seed=(2**63,)),
    "foreign.reading.read_nir": call(lambda: {"path": OUT}, "written_by", "dt_ms"),
    "runs.network_file.save_network": call(lambda: {"network": network(), "path": OUT}, "path"),
    "training.loop.train": call(
        lambda: {"network": network(), "split": split(), "plan": Plan()},
        "state",
        "progress",
        "save",
        "should_stop",
        "callbacks",
        "team",
        split=(inputs(),),
    ),
    "runs.folder.train_run": call(
        lambda: {"directory": OUT, "config": Config(), "dataset": data()},
        "stage_store",
        "progress",
        "should_stop",
        "callbacks",
        "team",
        directory=(3,),
        device=("gpu",),
        measured=(("all",),),
    ),
    "chip.tune.TuningPlan": call(dict, epochs=(0,), learning_rate=(0.0,), batch_size=(0,)),
    "chip.bits.accuracy_over_bits": call(
        lambda: {"network": network(True), "trained_by": Plan(), "split": split()},
        "measured",
        bits=((), (1,), (9,), (2.5,)),
        plan=("x",),
    ),
    "chip.deploy.chip_accuracy": call(
        lambda: {"deployment": deployment(), "inputs": inputs(), "rule": "last"}, inputs=(split(),)
    ),
    "chip.limits.chip_work": call(lambda: {"deployment": deployment(), "inputs": inputs()}, "name"),
    "chip.report.compare_fixed_point": call(
        lambda: {"deployment": deployment(), "trained": network(True), "inputs": inputs(), "rule": "last"}
    ),
    "chip.deploy.deploy": call(lambda: {"model": chip_model()}),
    "chip.tune.fine_tune": call(
        lambda: {"model": chip_model(), "trained_by": Plan(), "inputs": inputs()},
        "epoch_finished",
        plan=("x",),
    ),
    "chip.quantise.quantise": call(
        lambda: {"network": network(True), "inputs": inputs()},
        bits=(1, 9),
        payload_bits=(0, 17),
        images=(0,),
        least_exponent=(-9.5, 8.5, "y"),
        signed="least_exponent",
    ),
    "chip.limits.require_fit": call(
        lambda: {
            "deployment": deployment(),
            "work": chip_work(deployment(), inputs()),
            "profile": profile(),
        }
    ),
    "energy.pricing.deployment.deploy": call(
        lambda: {"work": chip_work(deployment(), inputs()), "profile": profile()},
        "more",
        weight_bit=(0, "x"),
        state_bit=(0,),
    ),
    "convert.rates.RateNeuron": call(lambda: {"neuron": LIF(4)}),
    "convert.twin.balance": call(lambda: {"network": network(), "inputs": inputs()}, quantile=(0.0, 1.1)),
    "convert.convergence.deviations": call(
        lambda: {"dense": network(), "twin": twin(), "inputs": inputs(), "rule": "last"},
        steps=((), (0,), (1.5,)),
    ),
    "convert.convergence.log_slope": call(
        lambda: {"steps": (2, 4), "errors": (0.2, 0.1)}, steps=((), (2,), (0, 2)), errors=((0.1,), (0.0, 0.1))
    ),
    "convert.rates.rate_limit": call(lambda: {"neuron": LIF(4), "current": torch.zeros(2, 3)}),
    "convert.rates.rate_network": call(lambda: {"network": network(True)}),
    "convert.twin.to_spikes": call(
        lambda: {"network": network(), "inputs": inputs()}, steps=(0,), quantile=(0.0,), initial=(1.0, -0.1)
    ),
    "convert.twin.twin_accuracy": call(lambda: {"twin": twin(), "inputs": inputs(), "rule": "last"}),
    "convert.twin.twin_goodness": call(
        lambda: {
            "twin": twin(),
            "stimulus": inputs().stimulus(slice(None)),
            "candidates": torch.zeros(1, 6, dtype=torch.int64),
        },
    ),
    "convert.twin.twin_scores": call(
        lambda: {"twin": twin(), "stimulus": inputs().stimulus(slice(None)), "rule": "last"}
    ),
    "counting.described.summary": call(lambda: {"network": network()}, profiles=(("loihi",), 3)),
    "energy.counts.Counts": call(
        lambda: {"values": {"synaptic_events": 1.0}},
        values=({"synaptic_events": -1.0}, {"synaptic_events": "x"}, {"spikes": 1.0}),
    ),
    "energy.profile.prices.coefficients": call(lambda: {"profile": profile()}),
    "energy.profile.prices.weakest_evidence": call(lambda: {"profile": profile()}),
    "energy.units.format_si": call(lambda: {"value": 1, "unit": "J"}, "unit", "value"),
    "exchange.writers.ExportOptions": call(
        dict,
        "told",
        bits=(1, 9, 1.5, "x"),
        flavour=("best",),
        profile=(3,),
        label=(-1, 1.5),
        rule=("best",),
        chip_reset=("best",),
    ),
    "exchange.port.chip_port": call(
        lambda: {"network": network(True), "split": split(), "target": "loihi", "rule": "last"},
        target=("nir",),
        bits=(1, 9),
    ),
    "exchange.verifying.verify": call(
        lambda: {"file": OUT, "network": network(True), "split": split(), "rule": "last"},
        "file",
        images=(0,),
        simulator=("brian",),
    ),
    "experiments.energy_sweep.EnergySweep": call(
        dict,
        "dataset",
        "settings",
        steps=((), (0,)),
        widths=((), (0,)),
        thresholds=((), (0.0,)),
        rate_penalties=((), (-1.0,)),
        weight_bits=((), (0,)),
        seed=(2**63,),
        beside=(("nonsense",),),
    ),
    "experiments.columns.cells": call(
        lambda: {"datasets": ("digits",), "columns": ("ff",), "seeds": (0,)},
        "settings",
        seeds=((1.5,), ()),
        columns=(("x",),),
    ),
    "experiments.statistics.paired_test": call(
        lambda: {"a": (1.0, 2.0), "b": (1.0, 3.0)}, a=((1.0,), (math.nan, 1.0)), b=((1.0,),)
    ),
    "experiments.statistics.spread": call(lambda: {"values": (1.0, 2.0)}, values=((), (math.nan,))),
    "experiments.energy_sweep.sweep_energy": call(
        lambda: {"sweep": EnergySweep(), "dataset": data(), "profiles": (profile(),), "out": OUT},
        "execution",
        profiles=("all",),
        out=(3,),
    ),
    "foreign.convention.convention_of": call(
        lambda: {"written_by": "norse"}, reset=("x",), spikes=("x",), decay=("x",), gain=("x",)
    ),
    "foreign.rate_twin.spiking_twin": call(
        lambda: {"module": nn.Sequential(nn.Linear(3, 2), nn.ReLU()), "inputs": torch.rand(4, 3)},
        "name",
        dt_ms=(0.0,),
        quantile=(0.0, 1.1),
    ),
    "foreign.rate_twin.spread": call(lambda: {"inputs": torch.rand(4, 3), "steps": 4}, steps=(0,)),
    "interop.borrowed.BorrowedPopulation": call(
        lambda: {"run": torch.relu, "steps": 4}, steps=(0,), trace_decay=(0.0, 1.1)
    ),
    "interop.torch_data.TorchImages": call(lambda: {"dataset": data()}),
    "interop.networks.to_snntorch": call(lambda: {"network": network(True)}),
    "interop.networks.to_norse": call(lambda: {"network": network(True)}, dt_s=(0.0,)),
    "report.lines.Curve": call(
        lambda: {"label": "a", "x": (1.0, 2.0), "y": (1.0, 2.0)},
        "label",
        x=((1.0,), (math.nan, 1.0)),
        y=((1.0,),),
    ),
    "report.figures.new_figure": call(lambda: {"height_inches": 2.0}, height_inches=(0.0,)),
    "runs.cluster.DaskCluster": call(lambda: {"address": "host:1"}, address=("host", "host:x")),
    "runs.backends.Processes": call(lambda: {"jobs": 1}, jobs=(0,)),
    "training.state.initial_state": call(lambda: {"network": network(), "plan": Plan()}, device=("gpu",)),
    "training.callbacks.keeping.EarlyStopping": call(lambda: {"patience": 1}, patience=(0,)),
    "training.callbacks.csv_log.CsvLog": call(lambda: {"path": OUT}, "path", path=(3,)),
    "chip.learning.modulator.Collaboration": call(dict, gamma=(1.5, "x")),
    "chip.learning.groups.GroupModulator": call(
        lambda: {"classes": 3, "margin": 2}, classes=(1,), rivals=(0,)
    ),
    "chip.learning.modulator.Modulator": call(lambda: {"theta": 2, "slope": 1}, bits=(0,)),
    "chip.learning.training.Schedule": call(
        lambda: {"epochs": 1}, epochs=(0,), batch_size=(0,), hardness=(-1.0,)
    ),
    "chip.learning.images.SpikingImages": call(
        lambda: {"steps": 4}, steps=(0,), classes=(1,), copies=(1001,)
    ),
    "chip.learning.rule.SumOfProducts": call(lambda: {"terms": forward_forward_rule(-4).terms}, terms=((),)),
    "chip.learning.rule.Term": call(
        lambda: {"pre": "x1", "post": "y2", "mantissa": 1, "exponent": 0}, signed="mantissa exponent"
    ),
    "chip.learning.traces.Trace": call(lambda: {"impulse": 2}, kept=(4097,), bits=(0,)),
    "chip.learning.traces.counting_trace": call(lambda: {"full_count": 4}, full_count=(0,)),
    "chip.learning.rule.forward_forward_rule": call(lambda: {"exponent": -4}, signed="exponent mantissa"),
    "chip.learning.recipe.learner": call(
        lambda: {"pixels": torch.zeros(6, 24, dtype=torch.uint8), "widths": (8,), "steps": 4, "classes": 3},
        widths=((), (0,)),
        steps=(0,),
        classes=(1,),
        copies=(0,),
    ),
    "chip.learning.group_recipe.group_learner": call(
        lambda: {"pixels": torch.zeros(6, 24, dtype=torch.uint8), "widths": (9,), "steps": 4, "classes": 3},
        widths=((), (0,)),
        steps=(0,),
        classes=(1,),
    ),
    "training.augmentation.images.planes_to_move": call(lambda: {"inputs": inputs()}),
    "data.overwriting.overwritten": call(lambda: {"dataset": data(), "columns": 3}),
    "results.kinds.schema": call(lambda: {"kind": "run"}),
}

MADE = {
    "chip.bits.BitsPoint", "chip.model.ChipModel", "chip.deploy.Deployment", "chip.report.FixedPointReport",
    "chip.learning.learner.LearnerState", "chip.learning.events.LearningEvents",
    "convert.convergence.Deviation",
    "convert.twin.Twin", "counting.described.Summary", "data.download.FetchedFile", "data.store.FileStatus",
    "data.dataset.Provenance", "data.dataset.SourceFile", "data.archives.sets.ArchiveSet",
    "energy.profile.prices.Band", "energy.profile.prices.Coefficient",
    "energy.pricing.estimate.EnergyEstimate",
    "energy.pricing.deployment.Placed", "exchange.formats.Exported", "exchange.verifying.Verified",
    "foreign.graph.SpikingGraph", "results.run.BackpropResult", "results.comparison.ComparisonResult",
    "results.run.RunResult", "runs.grid.Execution", "training.loop.TrainingResult",
    "training.state.TrainingState", "interop.stack.NeuronStack",
}  # fmt: skip
"""Made by neuroff for the reader."""

NOTHING = {
    "energy.profile.catalogue.list_profiles", "data.api.names", "data.api.origins",
    "data.progress.progress_bar",
    "report.theme.themed", "runs.backends.Serial", "training.progress.Silent",
    "training.callbacks.keeping.KeepBest", "cli.main.main", "errors.NeuroffError", "errors.Interrupted",
}  # fmt: skip
"""They take no arguments, or any."""

ELSEWHERE = {
    "tests/estimators/test_classifier.py": {
        "estimators.classifier.FFClassifier", "estimators.classifier.SpikingFFClassifier",
    },
    "tests/config/test_config.py": {
        "config.schema.Config", "config.schema.parse_config", "config.schema.same_but_precision",
    },
    "tests/energy/profile/test_schema_failures.py": {"energy.profile.schema.Profile"},
    "tests/data/test_api.py": {
        "data.api.fetch", "data.api.status", "data.api.is_own", "data.api.is_recorded",
    },
    "tests/data/test_registry.py": {"data.api.register", "data.registry.Registry"},
    "tests/data/own/test_npy.py": {"data.file_rows.FileRows"},
    "tests/data/own/test_further.py": {
        "data.own.reading.files_of", "data.own.reading.is_path", "data.own.reading.is_recorded",
        "data.own.reading.read_like", "data.own.reading.read_own", "data.own.reading.with_sensor_of",
    },
    "tests/data/archives/test_images.py": {"data.archives.reading.read_archives"},
    "tests/chip/learning/test_parts.py": {
        "chip.learning.plan.LearningLayer", "chip.learning.plan.LearningPlan",
        "chip.learning.score.accuracy", "chip.learning.score.all_goodness", "chip.learning.score.predict",
        "chip.learning.learner.chip_network", "chip.learning.learner.learn", "chip.learning.learner.present",
        "chip.learning.recipe.flat", "chip.learning.training.learn_epoch", "chip.learning.printed.rule_lines",
        "chip.learning.events.learning_energy", "chip.learning.printed.learning_notes",
        "chip.learning.store.load_state", "chip.learning.store.save_state",
    },
    "tests/extending/test_exporter.py": {"exchange.formats.Format", "exchange.formats.register"},
    "tests/foreign/test_porting.py": {
        "foreign.counting.count_graph", "foreign.porting.port_graph", "foreign.running.run",
        "foreign.work.work_of", "foreign.spikes.read_spikes", "foreign.spikes.values_for",
    },
    "tests/foreign/test_rate_twin.py": {"foreign.rate_twin.twin_errors"},
    "tests/interop/test_population.py": {
        "interop.norse_population.norse_population", "interop.snntorch_population.snntorch_population",
        "interop.stack.presented_images",
    },
    "tests/report/test_lines.py": {
        "report.lines.accuracy_against_steps", "report.lines.error_against_steps",
    },
    "tests/report/test_save.py": {
        "report.save.write_drawings", "report.save.write_figures", "report.energy.pareto.write_sweep",
        "report.energy.write.write_energy",
    },
    "tests/report/test_tables.py": {
        "report.tables.comparison_table", "report.energy.grids.energy_grids", "report.grid.rich_table",
        "report.energy.pareto.sweep_grid", "report.html.render_comparison",
    },
    "tests/results/test_run.py": {"results.run.read_trained"},
    "tests/experiments/test_reproduce.py": {"experiments.reproduction.reproduce"},
    "tests/training/test_local.py": {"training.local.local_gradients"},
    "tests/training/augmentation/test_augmentation.py": {"training.augmentation.images.augmented_stimulus"},
    "tests/training/test_callbacks.py": {"training.callbacks.tensorboard.TensorBoard"},
}  # fmt: skip
"""What they refuse is a subject of its own, or they take what neuroff made; by the file that calls them."""
