"""A small spiking convolutional network on digits: trained, priced on a chip and written for others.

    python examples/spiking_convolution.py [FOLDER]

Says what its layers are, trains them without backpropagation on the embedded digits, counts and prices a
prediction, and writes a NIR graph that keeps shared weights, integers for a chip like Loihi and a C header,
each compared spike by spike. Needs h5py (`pip install 'neuroff[export]'`). From the shell:
`neuroff train --dataset digits --preset conv --path spiking --out RUN`, then `neuroff energy RUN`,
`neuroff export RUN --to nir --out F` and `neuroff verify F RUN`.
"""

import sys
from pathlib import Path

import neuroff
from neuroff.counting import summary
from neuroff.energy import deploy
from neuroff.exchange import ExportOptions, verify

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "spiking-convolution")
folder.mkdir(parents=True, exist_ok=True)

config = neuroff.preset("conv", path="spiking", dataset="digits")
config = neuroff.apply_settings(config, ["data.input_scale=raw", "evaluate_every=0"])
split = neuroff.prepare(neuroff.load("digits"), config)
untrained, plan = neuroff.build(config, split)
chip = neuroff.load_profile("loihi1-davies2018")
for layer in summary(untrained, [chip]).layers:
    shape = " x ".join(map(str, layer.shape))
    kept = layer.memory_kB[chip.id]
    print(f"{layer.kind}: {shape}, {layer.parameters:,} parameters, {kept:.1f} kB on {chip.meta.name}")

network = neuroff.train(untrained, split, plan).network
print(f"test accuracy {neuroff.accuracy(network, split.test):.4f}")

activity = neuroff.count_activity(network, split.test.head(100))
placed = deploy(activity.work(), chip)
if placed.estimate is not None:
    energy_uJ = 1e6 * placed.estimate.total_J.nominal
    print(f"{chip.meta.name}: {placed.placement.cores} cores, {energy_uJ:.3g} µJ per image")

for to, name in (("nir", "network.nir"), ("loihi", "network.safetensors"), ("c", "network.h")):
    options = ExportOptions(flavour="spikingjelly" if to == "nir" else None)
    neuroff.export(network, split, to, folder / name, options, force=True)
    found = verify(folder / name, network, split, images=30)
    same, size_kB = found.verdict, (folder / name).stat().st_size / 1000
    print(f"{to}, {size_kB:.0f} kB, run by {found.ran_by}: {same.differing} of {same.neuron_steps:,} differ")
print(f"Files are in {folder}")
