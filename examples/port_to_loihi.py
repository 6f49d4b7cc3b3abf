"""From a trained network to files for other simulators, chips and microcontrollers, checked spike by spike.

    python examples/port_to_loihi.py [FOLDER]

Trains a small spiking network on the embedded digits, writes it as a NIR graph, as integers for a chip like
Loihi and as a C header, reads the files back, compares every spike, and tells accuracy in floating and in
fixed point and what the chip would spend. Needs h5py (`pip install 'neuroff[export]'`). From the shell:
`neuroff export RUN --to loihi --out F` and `neuroff verify F RUN`.
"""

import sys
from pathlib import Path

import neuroff
from neuroff.chip import chip_work, compare_fixed_point, require_fit
from neuroff.energy import deploy
from neuroff.exchange import chip_port, verify

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "port-to-loihi")
folder.mkdir(parents=True, exist_ok=True)

# A chip's neurons are set to zero when they fire: train with what will run.
config = neuroff.preset("demo", path="spiking", variant="acff", dataset="digits")
config = neuroff.apply_settings(config, ["epochs=8", "neuron.reset=zero", "neuron.encoding=regular"])
split = neuroff.prepare(neuroff.load("digits"), config)
untrained, plan = neuroff.build(config, split)
network = neuroff.train(untrained, split, plan).network

# A graph for other simulators, integers for a chip like Loihi, and the same integers as a C header, which is
# compiled and run if there is a compiler. Each file is read back and runs beside the network, spike by spike.
for to, name in (("nir", "network.nir"), ("loihi", "network.safetensors"), ("c", "network.h")):
    written = neuroff.export(network, split, to, folder / name, force=True)
    found = verify(folder / name, network, split, images=100)
    same = found.verdict
    print(f"{to}, run by {found.ran_by}: {same.differing} of {same.neuron_steps:,} neuron-steps differ")
    for note in written.notes:
        print(f"  {note}")

# What fixed point costs, and what the chip would spend.
port = chip_port(network, split, "loihi", bits=8)
report = compare_fixed_point(port.deployment, network, split.test)
print(f"accuracy: float {report.trained.accuracy:.4f}, fixed point {report.accuracy:.4f}")
profile = neuroff.load_profile("loihi1-davies2018")
work = chip_work(port.deployment, split.test.head(100))
require_fit(port.deployment, work, profile)  # names the limit where it does not
placed = deploy(work, profile)
if placed.estimate is not None:
    energy_uJ = 1e6 * placed.estimate.total_J.nominal
    print(f"{profile.meta.name}: {placed.placement.cores} cores, {energy_uJ:.3g} µJ per image")
print(f"Files are in {folder}")
