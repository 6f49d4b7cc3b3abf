"""What predicting and learning cost: train a small spiking network, count its work, price it everywhere.

    python examples/energy_report.py [PAGE.html]

Counts come from a real forward pass, coefficients with their sources from hardware_profiles/. What a profile
cannot price is printed, and its total is a lower bound. The page holds the same with figures.
"""

import sys
from pathlib import Path

from rich.console import Console

import neuroff
from neuroff.report import energy_grids, rich_table, write_energy

config = neuroff.preset("demo", path="spiking", variant="acff", dataset="digits")
config = neuroff.apply_settings(config, ["epochs=6", "neuron.steps=6"])
split = neuroff.prepare(neuroff.load("digits"), config)
untrained, plan = neuroff.build(config, split)
network = neuroff.train(untrained, split, plan).network
print(f"test accuracy {neuroff.accuracy(network, split.test):.3f}")

report = neuroff.energy_report(network, split, plan=plan, name="examples/energy_report.py", dataset="digits")
print("spikes per neuron and step, by layer:", ", ".join(f"{rate:.2f}" for rate in report.firing_rate))
console = Console(width=100)
for grid in energy_grids(report):
    console.print(rich_table(grid))
if len(sys.argv) > 1:
    for written in write_energy(report, html=Path(sys.argv[1])):
        print(f"Written: {written}")
