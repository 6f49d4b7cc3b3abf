"""Accuracy against energy: which network for how many joules, on three devices.

    python examples/accuracy_energy.py [fashion-mnist | mnist | digits] [FOLDER]

Trains spiking A-CFF networks of two widths with few and more time steps, asked by a label in the image and by
class groups, rounds their weights to 3, 4 and 8 bits, and prints the Pareto front on each device; the figure,
pareto.svg in the folder, has a front for each way of asking. On Fashion-MNIST (a
tenth of its training images) it takes some minutes. Without its files the embedded digits take half a minute.
"""

import sys
from pathlib import Path

import neuroff
from neuroff.experiments import EnergySweep, sweep_energy
from neuroff.report import sweep_grid, write_sweep

wanted = sys.argv[1] if len(sys.argv) > 1 else "fashion-mnist"
try:
    images = neuroff.load(wanted)
except neuroff.NeuroffError as error:
    print(f"{error}\nGoing on with the embedded digits instead.")
    wanted, images = "digits", neuroff.load("digits")

if wanted == "digits":
    sweep = EnergySweep(
        steps=(3, 6), widths=(40,), weight_bits=(3, 4, 8), settings=("epochs=6",), beside=("groups",)
    )
else:
    sweep = EnergySweep(
        wanted,
        steps=(4, 8, 16),
        widths=(100, 300),
        settings=("train_count=6000", "epochs=8", "subset=first"),
        beside=("groups",),
    )
folder = Path(sys.argv[2] if len(sys.argv) > 2 else f"accuracy-energy-{wanted}")
profiles = [neuroff.load_profile(name) for name in ("loihi1-davies2018", "generic-horowitz45", "seneca")]
result = sweep_energy(sweep, images, profiles, folder, resume=True)

for profile in profiles:
    grid = sweep_grid(result, profile.id)
    print(f"\n{grid.title}")
    print(" ".join(f"{' '.join(head.split()):>12}" for head in grid.header))
    for row in grid.rows:
        print(" ".join(f"{cell:>12}" for cell in row))
for file in write_sweep(result, folder):
    print(f"Written: {file}")
