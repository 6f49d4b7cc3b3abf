"""Write lava_conv.json: integer traces of lava-nc 0.10.0: convolutions, and neurons that are set to rest.

Needs the environment that lava_traces.py names:

    lava/bin/python tests/golden/loihi/lava_conv.py

A case is one or two layers of lava's ``Conv`` and ``LIF``, or ``LIFReset`` where the neurons are set to rest
at a step. Kernels are ``(O, C / groups, height, width)`` and events ``(steps, C · H · W)``, channel after
channel, row after row, as neuroff has them; lava has ``(O, width, height, C)``, turned by half a turn, and
``(W, H, C)``. Its Conv clears no bits of a weight and passes over weight_exp, so kernels are even numbers in
[−256, 254] and the exponent is 0. neuroff is not imported.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.conv.process import Conv
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF, LIFReset
from lava.proc.monitor.process import Monitor
from lava_traces import read, whole

SEED = 20241128


def layer(draw, planes, channels, window, *, stride=1, padding=(0, 0), groups=1, bits=0, **neurons):
    """Return one layer: a drawn kernel, its geometry, and neurons."""
    kernel = 2 * draw.integers(-40, 60, (channels, planes[0] // groups, *window))
    plain = {"du": 4095, "dv": 0, "vth": 300, "bias_mant": 0, "bias_exp": 0, "rest_at": 0}
    return {
        "planes": list(planes),
        "kernel": kernel.tolist(),
        "stride": stride,
        "padding": list(padding),
        "groups": groups,
        "message_bits": bits,
        **plain,
        **neurons,
    }


def leaving(described):
    """Return the planes of a layer's neurons."""
    _, height, width = described["planes"]
    kernel, stride = np.array(described["kernel"]), described["stride"]
    down, across = described["padding"]
    return (
        kernel.shape[0],
        (height + 2 * down - kernel.shape[2]) // stride + 1,
        (width + 2 * across - kernel.shape[3]) // stride + 1,
    )


def cases():
    """Yield every case."""
    draw = np.random.default_rng(SEED)

    def spikes(steps, planes, chance=0.3):
        return (draw.random((steps, int(np.prod(planes)))) < chance).astype(int)

    def case(name, events, *layers):
        return {"name": name, "events": events.tolist(), "layers": list(layers)}

    one, two = (1, 6, 5), (2, 5, 6)
    yield case("valid", spikes(12, one), layer(draw, one, 3, (3, 3)))
    yield case("padded", spikes(12, two), layer(draw, two, 3, (3, 3), padding=(1, 1), dv=410))
    yield case("stride", spikes(12, two), layer(draw, two, 4, (3, 3), stride=2, padding=(1, 1)))
    yield case("oblong", spikes(12, two), layer(draw, two, 2, (1, 5), padding=(0, 2), du=900, dv=300))
    four = (4, 5, 4)
    yield case("groups", spikes(12, four), layer(draw, four, 6, (3, 3), padding=(1, 1), groups=2))
    row = (3, 1, 16)
    yield case("one row", spikes(14, row), layer(draw, row, 4, (1, 5), padding=(0, 2), stride=2))
    payload = draw.integers(0, 256, (10, 30)) * spikes(10, one)
    yield case("graded spikes", payload, layer(draw, one, 3, (3, 3), bits=8, du=0, dv=200, vth=60000))
    first = layer(draw, two, 4, (3, 3), padding=(1, 1), stride=2, vth=200)
    second = layer(draw, leaving(first), 3, (3, 3), padding=(1, 1), vth=150, bias_mant=-30, bias_exp=6)
    yield case("two layers", spikes(20, two, 0.5), first, second)

    waiting = {"bias_mant": -300, "bias_exp": 6, "vth": 200}
    yield case("rest", spikes(16, two, 0.6), layer(draw, two, 3, (3, 3), rest_at=3, **waiting))
    first = layer(draw, two, 4, (3, 3), padding=(1, 1), rest_at=1, vth=200, bias_mant=90, bias_exp=6)
    second = layer(
        draw, leaving(first), 3, (3, 3), padding=(1, 1), rest_at=2, vth=150, bias_mant=40, bias_exp=6
    )
    yield case("rest in two layers", spikes(16, two, 0.5), first, second)
    yield case(
        "rest with a current", spikes(16, one, 0.6), layer(draw, one, 3, (3, 3), rest_at=5, du=700, dv=90)
    )


def lava_order(values, planes):
    """Return values (…, C · H · W) as lava has them, (W, H, C, …)."""
    shaped = values.reshape(*values.shape[:-1], *planes)
    return np.moveaxis(shaped, (-1, -2, -3), (0, 1, 2))


def own_order(values):
    """Return values (steps, W, H, C) of lava as (steps, C · H · W)."""
    return values.transpose(0, 3, 2, 1).reshape(len(values), -1)


def trace(described):
    """Run one case and return {current, voltage, spikes} of every layer."""
    events, layers = np.array(described["events"]), described["layers"]
    source = RingBuffer(data=lava_order(events, layers[0]["planes"]))
    out, monitors, populations = source.s_out, [], []
    for each in layers:
        kernel = np.array(each["kernel"])
        channels, height, width = each["planes"]
        connection = Conv(
            weight=kernel[:, :, ::-1, ::-1].transpose(0, 3, 2, 1).copy(),
            input_shape=(width, height, channels),
            padding=tuple(each["padding"][::-1]),
            stride=each["stride"],
            groups=each["groups"],
            num_message_bits=each["message_bits"],
        )
        numbers = {name: each[name] for name in ("du", "dv", "vth", "bias_mant", "bias_exp")}
        shape = leaving(each)[::-1]
        if each["rest_at"]:  # lava counts steps from 1
            population = LIFReset(
                shape=shape, reset_interval=len(events) + 9, reset_offset=each["rest_at"] + 1, **numbers
            )
        else:
            population = LIF(shape=shape, **numbers)
        out.connect(connection.s_in)
        connection.a_out.connect(population.a_in)
        out = population.s_out
        probes = []
        for variable in (population.u, population.v, population.s_out):
            monitor = Monitor()
            monitor.probe(variable, len(events))
            probes.append(monitor)
        monitors.append(probes)
        populations.append(population)
    populations[0].run(condition=RunSteps(len(events)), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    try:
        return [
            {
                name: whole(own_order(read(monitor)), 1)
                for name, monitor in zip(("current", "voltage", "spikes"), probes, strict=True)
            }
            for probes in monitors
        ]
    finally:
        populations[0].stop()


def main():
    """Write the file beside this script."""
    found = [{**described, "traces": trace(described)} for described in cases()]
    text = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in found)
    head = json.dumps({"made by": "lava_conv.py", "lava-nc": "0.10.0", "seed": SEED})[:-1]
    path = Path(__file__).with_suffix(".json")
    path.write_text(f'{head}, "cases": [\n{text}\n]}}\n', encoding="utf-8")
    print(f"{len(found)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
