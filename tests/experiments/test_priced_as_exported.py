"""Comparisons and sweeps price a chip's prediction as `neuroff energy` does: as the network is exported."""

from __future__ import annotations

from pathlib import Path

import neuroff
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.data import DataSet
from neuroff.energy import load_profile
from neuroff.energy.pricing.exported import deploy_exported
from neuroff.exchange.priced import IMAGES, as_exported
from neuroff.experiments.compare import _COUNTED, Comparison, compare
from neuroff.experiments.energy_sweep import _COUNTED as _SWEPT
from neuroff.experiments.energy_sweep import EnergySweep, sweep_energy
from neuroff.report.energy.pareto import sweep_grid
from neuroff.report.tables import comparison_table
from neuroff.runs.folder import RunDirectory, load_run
from tests.narrow import present

CHIP, TABLE = "loihi1-davies2018", "generic-horowitz45"
PROFILES = [load_profile(CHIP), load_profile(TABLE)]
SMALL = ("widths=12,8", "epochs=1", "neuron.steps=3")


def _read(folder: Path, images: DataSet) -> tuple[Network, Split]:
    trained = load_run(RunDirectory(folder))
    return trained.network, neuroff.prepare(images, trained.config)


def test_a_comparison_says_what_neuroff_energy_says(few_digits: DataSet, tmp_path: Path) -> None:
    plan = Comparison("digits", "demo", paths=("dense", "spiking"), variants=("ff",), settings=SMALL)
    result = compare(plan, few_digits, PROFILES, tmp_path)
    dense, spiking = result.runs
    assert {entry.priced_as for entry in dense.energy.values()} == {"simulated"}
    assert {name: entry.priced_as for name, entry in spiking.energy.items()} == {
        CHIP: "exported",
        TABLE: "simulated",
    }
    network, split = _read(tmp_path / spiking.run, few_digits)
    shown = neuroff.energy_report(network, split, PROFILES, images=IMAGES)
    assert spiking.energy_J[CHIP] == present(shown.accounts[0].energy_J).nominal
    counted = neuroff.energy_report(network, split, PROFILES, images=_COUNTED)
    assert spiking.energy_J[TABLE] == present(counted.accounts[1].energy_J).nominal
    assert present(spiking.energy_J[CHIP]) > present(counted.accounts[0].simulated.estimate).total_J.nominal
    assert f"as the network is exported: {CHIP};" in " ".join(comparison_table(result).grid.notes)


def test_a_sweep_prices_the_export_of_as_many_bits(few_digits: DataSet, tmp_path: Path) -> None:
    sweep = EnergySweep(variant="ff", steps=(2,), widths=(12,), weight_bits=(3, 9), settings=("epochs=1",))
    result = sweep_energy(sweep, few_digits, PROFILES, tmp_path)
    three, nine = result.points
    assert [point.profiles[TABLE].priced_as for point in result.points] == ["simulated", "simulated"]
    assert three.profiles[CHIP].priced_as == "exported"
    assert nine.profiles[CHIP].priced_as == "simulated", "an export has eight bits at most"
    network, split = _read(tmp_path / "runs" / three.run, few_digits)
    placed = deploy_exported(as_exported(network, split, _SWEPT)(3), PROFILES[0])
    assert present(three.profiles[CHIP].energy_J).nominal == present(placed.estimate).total_J.nominal
    assert any("as many bits" in note for note in sweep_grid(result, CHIP).notes)
    assert any("in this simulator" in note for note in sweep_grid(result, TABLE).notes)
