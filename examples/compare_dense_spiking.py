"""Dense against spiking, with and without collaboration: the comparison of `neuroff demo`, from Python.

    python examples/compare_dense_spiking.py [FOLDER]

Trains two small networks of each kind on the embedded digits (about half a minute) and prints accuracy, work
and energy. Change ``dataset`` to "mnist" and ``preset`` to "best" for the real thing.
"""

import sys
from pathlib import Path

import neuroff

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "compare-dense-spiking")
comparison = neuroff.Comparison(
    dataset="digits",
    preset="demo",
    paths=("dense", "spiking"),
    variants=("ff", "acff"),
    settings=("epochs=6",),
)
profiles = [neuroff.load_profile(name) for name in ("loihi1-davies2018", "generic-horowitz45")]
result = neuroff.compare(comparison, neuroff.load("digits"), profiles, folder, resume=True)

print(f"{'path':8} {'variant':8} {'accuracy':>8} {'operations':>12}  energy per image")
for run in result["runs"]:
    energies = ", ".join(
        f"{name} " + ("unpriced" if joules is None else f"{joules * 1e6:.2g} µJ")
        for name, joules in run["energy_J"].items()
    )
    operations = run["synaptic_operations"]
    print(f"{run['path']:8} {run['variant']:8} {run['test_accuracy']:8.3f} {operations:12,.0f}  {energies}")
print(f"Everything is in {folder / 'comparison.json'}")
