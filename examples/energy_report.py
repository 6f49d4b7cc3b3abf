"""What predicting and learning cost: train a small spiking network, count its work, price it everywhere.

    python examples/energy_report.py [PAGE.html]

Counts come from a real forward pass, coefficients with their sources from hardware_profiles/. What a profile
cannot price is printed, and its total is a lower bound. The page holds the same with figures.
"""

import sys
from pathlib import Path

from rich.console import Console

import neuroff
from neuroff.energy.pricing.account import account
from neuroff.experiments.energy import count_run
from neuroff.report.energy import tables
from neuroff.report.energy.learning_table import learning_grid
from neuroff.report.energy.page import render_energy
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.save import energy_drawings
from neuroff.report.grid import rich_table

config = neuroff.preset("demo", path="spiking", variant="acff", dataset="digits")
config = neuroff.apply_settings(config, ["epochs=6", "neuron.steps=6"])
split = neuroff.prepare(neuroff.load("digits"), config)
untrained, plan = neuroff.build(config, split)
network = neuroff.train(untrained, split, plan).network
print(f"test accuracy {neuroff.accuracy(network, split.test):.3f}")

work = count_run(config, network, split)
print("spikes per neuron and step, by layer:", ", ".join(f"{rate:.2f}" for rate in work.activity.firing_rate))
report = EnergyReport(
    run="examples/energy_report.py",
    dataset="digits",
    path=config.path,
    variant=config.variant,
    images=work.activity.images,
    learning_images=work.learning_images,
    epoch_images=work.epoch_images,
    firing_rate=work.activity.firing_rate,
    counted=work.counted,
    accounts=tuple(account(work.counted, neuroff.load_profile(name)) for name in neuroff.list_profiles()),
)
console = Console(width=100)
for make in (tables.counts_grid, tables.main_grid, tables.twin_grid, learning_grid):
    console.print(rich_table(make(report)))
if len(sys.argv) > 1:
    Path(sys.argv[1]).write_text(render_energy(report, energy_drawings(report)), encoding="utf-8")
    print(f"Written: {sys.argv[1]}")
