"""Write nengo_traces.json: integer traces of nengo-loihi 1.1.0's emulator, an independent second reference.

Needs an older Python and an environment of its own:

    python3.8 -m venv nengo && nengo/bin/pip install nengo-loihi==1.1.0 nengo==3.2.0 numpy==1.24.4
    nengo/bin/python tests/golden/loihi/nengo_traces.py

Blocks are given their integers directly, past nengo-loihi's own discretisation. The file has the form of
lava_traces.json. The two emulators mean the same by a decay, its rounding, the bias, the threshold, the reset
and the delay of a layer; nengo-loihi also has the refractory period in integers. Left out is where they
differ: weight exponents below zero (nengo-loihi shifts every weight, lava-nc the sum), and overflow, where
nengo-loihi also bounds the sum of the synapses to 21 bits and counts −2²³ among the currents.
"""

import json
from pathlib import Path

import numpy as np
from nengo_loihi.block import Axon, LoihiBlock, Synapse
from nengo_loihi.builder import Model
from nengo_loihi.emulator import EmulatorInterface
from nengo_loihi.inputs import SpikeInput
from nengo_loihi.probe import LoihiProbe

LIMIT = 2**23
SEED = 20240802


def described(name, draw, widths, steps, **neurons):
    """One drawn case in the form of lava_traces.json."""
    events = (draw.random((steps, widths[0])) < 0.4).astype(int)
    layers = []
    for inputs, count in [(widths[i], widths[i + 1]) for i in range(len(widths) - 1)]:
        weights = draw.integers(-128, 128, (count, inputs)) * 2
        if len(layers):
            weights = np.maximum(weights, -80)
        plain = {
            "du": int(draw.integers(0, 4096)),
            "dv": int(draw.integers(0, 4096)),
            "vth": int(draw.integers(20, 900)),
            "bias_mant": draw.integers(-4096, 4096, count).tolist(),
            "bias_exp": draw.integers(0, 4, count).tolist(),
            "u": [0] * count,
            "v": [0] * count,
            "refractory": 1,
        }
        synapses = {
            "weights": weights.tolist(),
            "weight_exp": int(draw.integers(0, 3)),
            "num_weight_bits": 8,
            "sign_mode": "MIXED",
            "message_bits": 0,
            "delays": None,
        }
        layers.append({"synapses": synapses, "neurons": {**plain, **neurons}})
    return {"name": name, "events": events.tolist(), "layers": layers}


def cases():
    """Yield every case."""
    draw = np.random.default_rng(SEED)
    for du, dv in [(4095, 0), (0, 4095), (0, 0), (4095, 4095), (409, 128)]:
        yield described(f"decays du={du} dv={dv}", draw, (7, 5), 40, du=du, dv=dv)
    for index in range(5):
        yield described(f"drawn {index}", draw, (7, 6), 40)
    yield described("three layers", draw, (6, 6, 5, 4), 50)
    for period in (2, 3, 8, 63):
        yield described(f"refractory period {period}", draw, (7, 6), 80, refractory=period, vth=150)
    yield described("refractory in two layers", draw, (7, 6, 5), 60, refractory=4, vth=150)


def block_of(layer):
    """Return a block whose parameters are the case's integers."""
    neurons, synapses = layer["neurons"], layer["synapses"]
    count, axons = np.shape(synapses["weights"])
    block = LoihiBlock(count)
    compartment = block.compartment
    for name, values in {
        "decay_u": neurons["du"],
        "decay_v": neurons["dv"],
        "vth": neurons["vth"] << 6,
        "bias": np.left_shift(neurons["bias_mant"], neurons["bias_exp"]),
    }.items():
        setattr(compartment, name, np.full(count, 0, np.int32) + np.asarray(values, np.int32))
    compartment.refract_delay[:] = neurons["refractory"]
    compartment.scale_u = compartment.scale_v = False
    compartment.vmin, compartment.vmax = -LIMIT + 1, LIMIT - 1
    synapse = Synapse(axons)
    weights = np.array(synapses["weights"])
    synapse.set_weights(weights.T.astype(np.float32))
    for axon, stored in enumerate(synapse.weights):
        stored.dtype = np.int32
        stored[:] = weights[:, axon] << (6 + synapses["weight_exp"])
    block.add_synapse(synapse)
    return block, synapse


def trace(case):
    """Run one case and return {current, voltage, spikes} of every layer."""
    events = np.array(case["events"])
    model = Model()
    source = SpikeInput(events.shape[1])
    for moment, row in enumerate(events, start=1):
        source.add_spikes(moment, np.flatnonzero(row), permanent=True)
    model.add_input(source)
    sender, probes = source, []
    for layer in case["layers"]:
        block, synapse = block_of(layer)
        axon = Axon(synapse.n_axons)
        axon.target = synapse
        axon.set_compartment_axon_map(np.arange(synapse.n_axons))
        sender.add_axon(axon)
        model.add_block(block)
        for key in ("current", "voltage", "spiked"):
            probe = LoihiProbe(target=block, key=key)
            model.add_probe(probe)
            probes.append(probe)
        sender = block
    with EmulatorInterface(model, seed=0) as emulator:
        emulator.strict = emulator.compartment.strict = True
        emulator.run_steps(len(events))
        outputs = [np.asarray(emulator.collect_probe_output(probe)).astype(int).tolist() for probe in probes]
    return [
        {
            "current": outputs[3 * index],
            "voltage": outputs[3 * index + 1],
            "spikes": outputs[3 * index + 2],
        }
        for index in range(len(case["layers"]))
    ]


def main():
    """Write the file beside this script."""
    found = [{**case, "traces": trace(case)} for case in cases()]
    text = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in found)
    head = json.dumps({"made by": "nengo_traces.py", "nengo-loihi": "1.1.0", "seed": SEED})[:-1]
    path = Path(__file__).with_suffix(".json")
    path.write_text(f'{head}, "cases": [\n{text}\n]}}\n', encoding="utf-8")
    print(f"{len(found)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
