"""A trained dense network as spikes: how its goodness and accuracy come back as T grows.

    python examples/convert_to_spikes.py [FOLDER] [--dataset mnist]

Trains a dense FF network (by default a small one on the embedded digits, half a minute in all), converts it
with its thresholds balanced per layer, and measures the spiking twin for T = 4 to 256 time steps. The folder
gets conversion.json and the figures.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import neuroff
from neuroff.convert import deviations, log_slope, to_spikes
from neuroff.files import write_json
from neuroff.provenance import commit, versions
from neuroff.report import (
    Curve,
    accuracy_against_steps,
    error_against_steps,
    new_figure,
    themed,
    write_drawings,
)

STEPS = (4, 8, 16, 32, 64, 128, 256)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=Path, nargs="?", default=Path("convert-to-spikes"))
parser.add_argument("--dataset", choices=("digits", "mnist", "fashion-mnist"), default="digits")
parser.add_argument("--images", type=int, default=360, help="test images measured (default: 360)")
given = parser.parse_args()

small = given.dataset == "digits"
config = neuroff.preset("demo" if small else "best", variant="ff", dataset=given.dataset)
config = neuroff.apply_settings(config, ["evaluate_every=0"] if small else ["evaluate_every=0", "epochs=10"])
split = neuroff.prepare(neuroff.load(given.dataset), config)
untrained, plan = neuroff.build(config, split)
dense = neuroff.train(untrained, split, plan).network
shown = split.test.head(given.images)
twin = to_spikes(dense, split.train.head(2000))
found = deviations(dense, twin, shown, STEPS)
slopes = [log_slope(STEPS, [each.goodness[layer] for each in found]) for layer in range(len(dense.layers))]
exact = neuroff.accuracy(dense, shown)

print(f"{'T':>5} {'accuracy':>9} {'agreement':>10} {'spikes':>8}  goodness off by, per layer")
for each in found:
    off = ", ".join(f"{100 * error:.2f} %" for error in each.goodness)
    print(f"{each.steps:5} {each.accuracy:9.3f} {each.agreement:10.3f} {each.spikes:8.0f}  {off}")
print(f"dense {exact:9.3f}; slope of the error in T: {', '.join(f'{slope:.2f}' for slope in slopes)}")

result = {
    "config": config.model_dump(mode="json"),
    "seed": config.seed,
    "test_images": len(shown),
    "dense_accuracy": exact,
    "slope": slopes,
    "twin": [asdict(each) for each in found],
    "versions": versions(),
    "commit": commit(),
}
write_json(given.folder / "conversion.json", result)
with themed():
    accuracy_figure, error_figure = new_figure(2.8), new_figure(3.0)
    curve = Curve("spiking twin", STEPS, [each.accuracy for each in found])
    accuracy_against_steps([curve], accuracy_figure.subplots(), dense_accuracy=exact)
    curves = [
        Curve(f"layer {layer + 1}, slope {slope:.2f}", STEPS, [each.goodness[layer] for each in found])
        for layer, slope in enumerate(slopes)
    ]
    error_against_steps(curves, error_figure.subplots()).set_ylabel("relative error of goodness")
    drawings = [("conversion-accuracy", accuracy_figure), ("conversion-error", error_figure)]
    for file in write_drawings(drawings, given.folder):
        print(f"Written: {file}")
