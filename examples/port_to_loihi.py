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
from neuroff.chip.file import read_loihi, write_loihi
from neuroff.energy.placing.traffic import traffic
from neuroff.exchange.c.running import compiled, find_compiler
from neuroff.exchange.c.source import read_c, write_c
from neuroff.exchange.nir.read import read_nir
from neuroff.exchange.nir.write import write_nir
from neuroff.exchange.port import chip_port, graph_port
from neuroff.exchange.verify import verify_chip, verify_graph

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "port-to-loihi")
folder.mkdir(parents=True, exist_ok=True)

# A chip's neurons are set to zero when they fire: train with what will run.
config = neuroff.preset("demo", path="spiking", variant="acff", dataset="digits")
config = neuroff.apply_settings(config, ["epochs=8", "neuron.reset=zero", "neuron.encoding=regular"])
split = neuroff.prepare(neuroff.load("digits"), config)
untrained, plan = neuroff.build(config, split)
network = neuroff.train(untrained, split, plan).network
images = split.test.head(100)

# 1. A graph for other simulators: the gain between layers becomes a number in the weights.
graph = graph_port(network, split)
write_nir(graph.graph, folder / "network.nir")
same = verify_graph(graph.graph, read_nir(folder / "network.nir"), images, network.goodness)
print(f"NIR: {same.differing} of {same.neuron_steps:,} neuron-steps differ, {same.spikes:,} spikes")
for note in graph.notes:
    print(f"  {note}")

# 2. Integers: 8-bit weights, 24-bit potentials, and the emulator that runs them.
port = chip_port(network, split, "loihi", bits=8)
write_loihi(folder / "network.safetensors", port.program)
back = read_loihi(folder / "network.safetensors")
same = verify_chip(port.deployment, port.program.chip, back.chip, images)
print(f"chip: {same.differing} of {same.neuron_steps:,} neuron-steps differ, {same.spikes:,} spikes")

# 3. The same integers as C, compiled and run if there is a compiler.
write_c(folder / "network.h", port.program)
if find_compiler():
    header = read_c(folder / "network.h")
    with compiled(header) as run_c:
        same = verify_chip(port.deployment, port.program.chip, header.chip, images, run_c=run_c)
    print(f"C: {same.differing} of {same.neuron_steps:,} neuron-steps differ")

# 4. What fixed point costs, and what the chip would spend.
report = compare_fixed_point(port.deployment, network, split.test)
print(f"accuracy: float {report.trained.accuracy:.4f}, fixed point {report.accuracy:.4f}")
profile = neuroff.load_profile("loihi1-davies2018")
work = chip_work(port.deployment, images)
placed = require_fit(port.deployment, work, profile)
energy = neuroff.estimate(work.counts() + traffic(work, placed, profile.topology).counts(), profile)
print(f"{profile.meta.name}: {placed.cores} cores, {energy.total_J.nominal * 1e6:.3g} µJ per image")
print(f"Files are in {folder}")
