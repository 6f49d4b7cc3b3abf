"""Write lava_traces.json: integer traces of lava-nc 0.10.0, which the emulator reproduces bit for bit.

Needs Python 3.10, which is what lava-nc 0.10.0 supports, and an environment of its own:

    python3.10 -m venv lava && lava/bin/pip install lava-nc==0.10.0 numpy==1.26.4
    lava/bin/python tests/golden/loihi/lava_traces.py

The file holds, for every case, the parameters, the input events and what lava-nc computed: current, voltage
(after the reset) and spikes of every layer at every step. neuroff is not imported.

lava-nc's fixed-point LIF has no refractory period. Those cases run its floating-point LIFRefractory on
numbers where both arithmetics are exact: no leak, no memory of the current, integer weights and biases. Its
state is then 1/64 of the integers'.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF, LIFRefractory
from lava.proc.monitor.process import Monitor
from lava.utils.weightutils import SignMode

LIMIT = 2**23
SEED = 20240801


def neurons(count, **changed):
    """Parameters of a layer's neurons, all of them plain unless changed."""
    plain = {
        "du": 4095,
        "dv": 0,
        "vth": 100,
        "bias_mant": [0] * count,
        "bias_exp": [0] * count,
        "u": [0] * count,
        "v": [0] * count,
        "refractory": 1,
    }
    return {**plain, **changed}


def synapses(weights, **changed):
    """Parameters of a layer's synapses."""
    plain = {"weight_exp": 0, "num_weight_bits": 8, "sign_mode": None, "message_bits": 0, "delays": None}
    return {"weights": np.asarray(weights).tolist(), **plain, **changed}


def case(name, events, *layers):
    """One case: input events (steps, inputs), and pairs of synapses and neurons."""
    described = [{"synapses": left, "neurons": right} for left, right in layers]
    return {"name": name, "events": events.tolist(), "layers": described}


def cases():
    """Yield every case."""
    draw = np.random.default_rng(SEED)

    def mixed(rows, columns, low=-256, high=256):
        return draw.integers(low, high, (rows, columns))

    def spikes(steps, inputs, chance=0.4):
        return (draw.random((steps, inputs)) < chance).astype(int)

    for du, dv in [(4095, 0), (0, 4095), (0, 0), (4095, 4095), (1, 4094), (2048, 1), (409, 128), (1365, 410)]:
        layer = (synapses(mixed(5, 7)), neurons(5, du=du, dv=dv, vth=600))
        yield case(f"decays du={du} dv={dv}", spikes(40, 7), layer)

    bias = {"bias_mant": [-4096, 4095, -1, 17, -300, 0], "bias_exp": [7, 7, 0, 3, 5, 7]}
    yield case("bias", spikes(40, 4), (synapses(mixed(6, 4)), neurons(6, du=300, dv=77, vth=3000, **bias)))
    yield case("bias alone", np.zeros((30, 4), int), (synapses(mixed(6, 4)), neurons(6, vth=0, **bias)))

    strong = mixed(6, 8) | 0xC0
    strong[3:] = -strong[3:]
    wrapping = (synapses(strong, weight_exp=7), neurons(6, du=0, dv=4095, vth=131071))
    yield case("current wraps", spikes(40, 8, 0.8), wrapping)
    yield case("voltage saturates", spikes(60, 8, 0.8), (wrapping[0], neurons(6, du=600, dv=0, vth=131071)))
    edges = [LIMIT, LIMIT - 1, -LIMIT + 1, -LIMIT + 1, 63, -63]
    yield case(
        "state at its limits",
        spikes(20, 8, 0.2),
        (synapses(mixed(6, 8)), neurons(6, du=0, dv=0, vth=131071, u=edges, v=[-e + 1 for e in edges])),
    )

    for exponent in (-8, -5, -3, -1, 1, 4, 6):
        vth = max(1, int(400 * 2.0**exponent))
        layer = (synapses(mixed(5, 7, -60), weight_exp=exponent), neurons(5, du=1000, dv=300, vth=vth))
        yield case(f"weight exponent {exponent}", spikes(25, 7), layer)
    for bits in (1, 2, 3, 4, 6, 7):
        layer = (
            synapses(mixed(5, 7), num_weight_bits=bits),
            neurons(5, du=1000, dv=300, vth=400, bias_mant=[900] * 5, bias_exp=[5] * 5),
        )
        yield case(f"mixed weights of {bits} bits", spikes(25, 7), layer)
    for sign, low, high in (("EXCITATORY", 0, 256), ("INHIBITORY", -256, 1)):
        for bits in (8, 5, 1):
            layer = (
                synapses(mixed(5, 7, low, high), num_weight_bits=bits, sign_mode=sign),
                neurons(5, du=1000, dv=300, vth=400, bias_mant=[2900] * 5, bias_exp=[5] * 5),
            )
            yield case(f"{sign.lower()} weights of {bits} bits", spikes(25, 7), layer)
    beyond = mixed(5, 7, -700, 700)
    yield case("weights beyond the range", spikes(25, 7), (synapses(beyond), neurons(5, vth=400)))
    one_sign = np.abs(mixed(5, 7))
    yield case("sign mode from the weights", spikes(25, 7), (synapses(one_sign), neurons(5, vth=400)))

    payload = draw.integers(0, 256, (30, 7)) * spikes(30, 7)
    layer = (synapses(mixed(5, 7), message_bits=8, weight_exp=-4), neurons(5, du=0, dv=410, vth=2000))
    yield case("graded spikes", payload, layer)
    signed = draw.integers(-255, 256, (30, 7)) * spikes(30, 7)
    yield case("signed graded spikes", signed, layer)
    yield case("payload read as a spike", signed, (synapses(mixed(5, 7)), neurons(5, vth=400)))

    deep = (
        (synapses(mixed(6, 5)), neurons(6, du=1000, dv=100, vth=300)),
        (synapses(mixed(7, 6, -100, 256)), neurons(7, du=4095, dv=410, vth=250)),
        (synapses(mixed(4, 7, -100, 256), weight_exp=1), neurons(4, du=0, dv=0, vth=900)),
    )
    yield case("three layers", spikes(40, 5), *deep)

    delays = [0, 1, 2, 7, 62, 31]
    late = synapses(mixed(5, 6), delays=delays, weight_exp=2)
    yield case("axonal delays", spikes(90, 6, 0.2), (late, neurons(5, du=1500, dv=300, vth=900)))
    first = synapses(mixed(6, 4), delays=[3, 0, 0, 5])
    second = synapses(mixed(5, 6, -100, 256), delays=[1, 0, 4, 2, 0, 3])
    yield case(
        "axonal delays in two layers",
        spikes(40, 4),
        (first, neurons(6, du=1000, dv=100, vth=300)),
        (second, neurons(5, du=4095, dv=410, vth=250)),
    )
    same = synapses(mixed(5, 6), delays=[4] * 6, weight_exp=-3)
    yield case("one delay for all axons", spikes(40, 6), (same, neurons(5, du=1500, dv=300, vth=90)))

    for index in range(8):
        exponent = int(draw.integers(-8, 5))
        layer = (
            synapses(
                mixed(5, 7),
                weight_exp=exponent,
                num_weight_bits=int(draw.integers(1, 9)),
            ),
            neurons(
                5,
                du=int(draw.integers(0, 4096)),
                dv=int(draw.integers(0, 4096)),
                vth=int(draw.integers(0, 2000) * 2.0 ** min(exponent, 0)),
                bias_mant=draw.integers(-4096, 4096, 5).tolist(),
                bias_exp=draw.integers(0, 5, 5).tolist(),
            ),
        )
        yield case(f"drawn {index}", spikes(30, 7), layer)

    for period in (2, 3, 9, 64):
        layer = (
            synapses(mixed(5, 7, -100, 256)),
            neurons(5, vth=500, bias_mant=[120, -3, 700, 0, 55], bias_exp=[6] * 5, refractory=period),
        )
        yield case(f"refractory period {period}", spikes(80, 7), layer)


def make_synapses(described, floating):
    """Return lava's process for a layer's synapses."""
    weights = np.array(described["weights"])
    sign = described["sign_mode"]
    options = {} if sign is None else {"sign_mode": SignMode[sign]}
    if floating:  # that model clears no bits: even integers of mixed sign have none to clear
        weights = (weights // 2) * 2
        return Dense(weights=weights.astype(float))
    options.update(
        weight_exp=described["weight_exp"],
        num_weight_bits=described["num_weight_bits"],
        num_message_bits=described["message_bits"],
    )
    if described["delays"] is None:
        return Dense(weights=weights, **options)
    delays = np.broadcast_to(described["delays"], weights.shape).copy()
    return DelayDense(weights=weights, delays=delays, max_delay=max(described["delays"]), **options)


def make_neurons(described, floating):
    """Return lava's process for a layer's neurons."""
    shape = (len(described["u"]),)
    if floating:
        return LIFRefractory(
            shape=shape,
            du=1.0,
            dv=0.0,
            vth=described["vth"],
            bias_mant=np.array(described["bias_mant"], float),
            refractory_period=described["refractory"] - 1,
        )
    names = ("bias_mant", "bias_exp", "u", "v")
    arrays = {name: np.array(described[name]) for name in names}
    return LIF(shape=shape, du=described["du"], dv=described["dv"], vth=described["vth"], **arrays)


def trace(described):
    """Run one case and return {current, voltage, spikes} of every layer."""
    events = np.array(described["events"])
    steps = len(events)
    floating = any(layer["neurons"]["refractory"] > 1 for layer in described["layers"])
    source = RingBuffer(data=events.T.astype(float if floating else int))
    out, monitors, populations = source.s_out, [], []
    for layer in described["layers"]:
        connection = make_synapses(layer["synapses"], floating)
        population = make_neurons(layer["neurons"], floating)
        out.connect(connection.s_in)
        connection.a_out.connect(population.a_in)
        out = population.s_out
        probes = []
        for variable in (population.u, population.v, population.s_out):
            monitor = Monitor()
            monitor.probe(variable, steps)
            probes.append(monitor)
        monitors.append(probes)
        populations.append(population)
    tag = "floating_pt" if floating else "fixed_pt"
    populations[0].run(condition=RunSteps(steps), run_cfg=Loihi2SimCfg(select_tag=tag))
    try:
        return [
            {
                "current": whole(read(monitors[place][0]), 64 if floating else 1),
                "voltage": whole(read(monitors[place][1]), 64 if floating else 1),
                "spikes": whole(read(monitors[place][2]), 1),
            }
            for place in range(len(populations))
        ]
    finally:
        populations[0].stop()


def read(monitor):
    """Return the only array a monitor holds."""
    (variables,) = monitor.get_data().values()
    (values,) = variables.values()
    return values


def whole(values, scale):
    """Return scaled values as nested lists of integers, and refuse any that are not whole."""
    scaled = values * scale
    if not np.array_equal(scaled, np.rint(scaled)):
        raise ValueError("not whole numbers")
    return np.rint(scaled).astype(int).tolist()


def main():
    """Write the file beside this script."""
    found = [{**described, "traces": trace(described)} for described in cases()]
    text = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in found)
    head = json.dumps({"made by": "lava_traces.py", "lava-nc": "0.10.0", "seed": SEED})[:-1]
    path = Path(__file__).with_suffix(".json")
    path.write_text(f'{head}, "cases": [\n{text}\n]}}\n', encoding="utf-8")
    print(f"{len(found)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
