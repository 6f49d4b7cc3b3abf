"""The Collaborative Forward-Forward paper's comparison on your own machine, seed by seed.

    python examples/reproduce_paper.py [DATASET] [SEEDS] [FOLDER]

Without arguments: a small network on the embedded digits, about half a minute. ``mnist 3 paper`` is the real
thing at full scale, hours on two cores; stop it whenever you like, the same line
goes on. `neuroff reproduce` does this with tables, statistics and figures.
"""

import sys
from pathlib import Path

import neuroff
from neuroff.experiments import cells, paired_test, reproduce, spread

dataset = sys.argv[1] if len(sys.argv) > 1 else "digits"
seeds = range(int(sys.argv[2])) if len(sys.argv) > 2 else range(2)
folder = Path(sys.argv[3] if len(sys.argv) > 3 else "reproduce-paper")
small = ("network.widths=100,100", "training.epochs=150", "training.evaluate_every=50")

planned = list(cells([dataset], ["ff", "fcff", "acff", "bp"], seeds, small if dataset == "digits" else ()))
table = reproduce(planned, neuroff.load, folder)[dataset]

print(f"{'':16} {'train':>8} {'test':>8}  gain over FF")
for name, column in table.items():
    train, test = spread(column["train"]), spread(column["test"])
    line = f"{name:16} {100 * train.mean:7.2f}% {100 * test.mean:7.2f}%"
    if name != "ff":
        gain = paired_test(table["ff"]["test"], column["test"])
        p = "" if gain.p is None else f" (p = {gain.p:.2g}, {gain.pairs} seeds)"
        line += f"  {100 * gain.difference:+.2f} points{p}"
    print(line)
print(f"Curves, configurations and versions are in {folder / 'reproduction.json'}")
