"""Dense against spiking, without and with collaboration: the paper's comparison, from Python.

    python examples/compare_dense_spiking.py [FOLDER] [--dataset mnist] [--seeds 3]

Trains FF, F-CFF and A-CFF on both paths and prints accuracy, goodness, spikes, work and energy of a
prediction. By default small networks on the embedded digits, about half a minute; ``--dataset mnist`` takes
the ``best`` preset and hours. Figures: `neuroff compare` draws them from the same comparison.
"""

import argparse
from pathlib import Path
from statistics import fmean
from typing import Any

import neuroff

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=Path, nargs="?", default=Path("compare-dense-spiking"))
parser.add_argument("--dataset", choices=("digits", "mnist", "fashion-mnist"), default="digits")
parser.add_argument("--seeds", type=int, default=1, help="runs of each kind (default: 1)")
given = parser.parse_args()

small = given.dataset == "digits"
comparison = neuroff.Comparison(
    dataset=given.dataset,
    preset="demo" if small else "best",
    seeds=range(given.seeds),
    settings=("epochs=6", "evaluate_every=0") if small else (),
)
profiles = [neuroff.load_profile(name) for name in ("loihi1-davies2018", "generic-horowitz45")]
result = neuroff.compare(comparison, neuroff.load(given.dataset), profiles, given.folder, resume=True)

kinds: dict[tuple[str, str], list[Any]] = {}
for run in result.runs:
    kinds.setdefault((run.path, run.variant), []).append(run)

titles = ("path", "variant", "accuracy", "goodness", "rate", "spikes", "operations")
print("{:8} {:8} {:>8} {:>9} {:>6} {:>8} {:>11}  energy per image".format(*titles))
for (path, variant), runs in kinds.items():
    share, margin = (fmean(getattr(run, key) for run in runs) for key in ("test_accuracy", "goodness_margin"))
    rates = [fmean(run.firing_rate) for run in runs if run.firing_rate]
    rate = f"{fmean(rates):.3f}" if rates else "–"
    emitted = f"{fmean(run.counts['spikes_emitted'] for run in runs):,.0f}" if rates else "–"
    operations = fmean(run.synaptic_operations for run in runs)
    priced = []
    for name in runs[0].energy_J:
        known = [joules for run in runs if (joules := run.energy_J[name]) is not None]
        priced.append(f"{name} " + (f"{fmean(known) * 1e6:.2g} µJ" if known else "unpriced"))
    print(
        f"{path:8} {variant:8} {share:8.3f} {margin:9.3f} {rate:>6} {emitted:>8} {operations:11,.0f}  "
        + ", ".join(priced)
    )
print("goodness: by how much the true label's exceeds the best wrong one's. A prediction shows all labels.")
print(f"Everything is in {given.folder / 'comparison.json'}")
