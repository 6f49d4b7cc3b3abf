"""Calls of the core's constructors and functions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch

from neuroff.core.architecture import Architecture, ConvPart, DensePart, PoolPart
from neuroff.core.asking import GroupAsking, LabelAsking, RandomAsking
from neuroff.core.inputs import Encoder, Inputs, Split
from neuroff.core.layer import Layer, initial_layers
from neuroff.core.network import Network
from neuroff.core.neurons import LIF
from neuroff.core.neurons.relu import ReLU
from neuroff.core.synapses import Conv, Dense, Planes
from tests.public.calls import Call, call

PLANES = Planes(1, 4, 6)


def conv() -> Conv:
    return Conv(torch.zeros(2, 1, 3, 3), torch.zeros(2), PLANES)


def dense(inputs: int = 24, neurons: int = 4) -> Dense:
    return Dense(torch.zeros(neurons, inputs), torch.zeros(neurons))


def layer() -> Layer:
    return Layer(dense(), torch.zeros(()))


@cache
def inputs() -> Inputs:
    pixels = (torch.arange(144).view(6, 24) * 37 % 256).to(torch.uint8)
    labels = torch.arange(6) % 3
    return Inputs(pixels, labels, Encoder(GroupAsking(3)), None, "test", planes=PLANES)


@cache
def split() -> Split:
    return Split(inputs(), inputs(), inputs())


@cache
def network(spiking: bool = False) -> Network:
    layers = initial_layers((24, 6, 6), 0, 0.0, torch.float32)
    return Network(layers, LIF(4) if spiking else ReLU(), asking=GroupAsking(3))


def stack() -> Architecture:
    return Architecture((ConvPart(2, (3, 3)), PoolPart(2), DensePart(5)))


def drawing() -> Mapping[str, Any]:
    return {
        "architecture": stack(),
        "planes": PLANES,
        "asking": GroupAsking(3),
        "seed": 0,
        "dtype": torch.float32,
    }


FRONT: dict[str, Any] = {"behind": (dense, torch.zeros(3))}
SEED = (2**63,)
WINDOW = ((0, 0), (2,), (2, 1.5), (9, 9), (-1, 2))

CALLS: dict[str, Call] = {
    "core.architecture.text.Architecture": call(
        lambda: {"parts": stack().parts}, parts=((), (PoolPart(2),), (3,), [DensePart(3)])
    ),
    "core.architecture.parts.ConvPart": call(
        lambda: {"channels": 2, "window": (3, 3)}, channels=(0,), window=WINDOW[:3], stride=(0,), padding=(1,)
    ),
    "core.architecture.parts.DensePart": call(lambda: {"neurons": 3}, neurons=(0,)),
    "core.architecture.parts.PoolPart": call(lambda: {"window": 2}, window=(0, (2, 2))),
    "core.architecture.max_pool.MaxPool": call(lambda: {"planes": PLANES, "window": (2, 2)}, window=WINDOW),
    "core.architecture.stack.drawn": call(drawing, seed=SEED, group_norm=(0, 1.5, "x", 7)),
    "core.architecture.text.read_architecture": call(
        lambda: {"text": "dense 5"}, text=("", "dense 0", "pool 2")
    ),
    "core.asking.groups.GroupAsking": call(lambda: {"classes": 3}, classes=(1, True)),
    "core.asking.label.LabelAsking": call(lambda: {"classes": 3}, classes=(1,)),
    "core.asking.mirrored.MirroredAsking": call(
        lambda: {"behind": GroupAsking(3), "planes": PLANES},
        behind=(LabelAsking(3), LabelAsking),
        planes=(Planes(1, 1, 6), (1, 4, 6)),
    ),
    "core.asking.protocol.Question": call(
        lambda: {"candidates": torch.zeros(1, 3, dtype=torch.int64)},
        candidates=(torch.zeros(3),),
        truth=("x",),
    ),
    "core.asking.random.RandomAsking": call(
        lambda: {"classes": 3},
        classes=(1, 2.5),
        seed=SEED,
        grid=(0, 1.5, "x"),
        planes=(((1, 2, 3),), [PLANES]),
    ),
    "core.engine.events.EventEngine": call(lambda: {"threads": 1}, crossover=(-1.1, 1.1), threads=(0,)),
    "core.engine.choice.chosen_engine": call(
        lambda: {"name": "torch", "operations": 0.0}, operations=(-1.0,)
    ),
    "core.loss.classes.ClassLoss": call(dict, steepness=(0.0,), smoothing=(-0.1, 1.0)),
    "core.loss.pair.Loss": call(dict, steepness=(0.0, -1.0)),
    "core.neurons.adaptive.AdaptiveLIF": call(
        lambda: {"lif": LIF(4), "strength": 0.1, "decay": 0.9}, strength=(-0.1,), decay=(1.0, -0.1)
    ),
    "core.neurons.parameters.keep_in_range": call(lambda: {"name": "beta", "value": torch.ones(())}),
    "core.plan.augmentation.Augmentation": call(dict, flip=(1.1,), drop=(1.0,)),
    "core.plan.parts.GammaStep": call(dict, learning_rate=(0.0,), most=(0.0, math.inf, "x")),
    "core.plan.parts.Negatives": call(dict, hardness=(-1.0,), candidates=(0, 1.5, "x")),
    "core.plan.plan.Plan": call(
        dict,
        epochs=(0,),
        batch_size=(0, 1.5, "x"),
        learning_rate=(0.0,),
        weight_decay=(-0.1,),
        loss=(None, (3,)),
        gamma=(0.1,),
        neuron_learning_rate=(0.0,),
        rate_penalty=(-0.1,),
        pixel_dropout=(1.0,),
        chunk_size=(0,),
        prediction=("best",),
        checkpoint_every=(0,),
        patience=(0, 1.5),
        keep_best=("no",),
        seed=SEED,
    ),
    "core.plan.parts.Stage": call(
        lambda: {"index": 0, "layers": (0,), "epochs": 1}, layers=((), (-1,)), epochs=(0,)
    ),
    "core.plan.plan.chunks": call(lambda: {"rows": slice(0, 5), "size": 2}, "rows", size=(0,)),
    "core.synapses.conv.Conv": call(
        lambda: {"weight": torch.zeros(2, 1, 3, 3), "bias": torch.zeros(2), "planes": PLANES},
        weight=(torch.zeros(2, 9), torch.zeros(2, 1, 0, 3), torch.zeros(2, 1, 9, 9)),
        bias=(torch.zeros(3),),
        stride=(0,),
        padding=((-1, 0), (1,), (0.5, 0)),
        groups=(0, 3),
    ),
    "core.synapses.dense.Dense": call(
        lambda: {"weight": torch.zeros(4, 24), "bias": torch.zeros(4)},
        weight=(torch.zeros(4),),
        bias=(torch.zeros(3), torch.zeros(4, 1)),
    ),
    "core.synapses.front.Front": call(lambda: {"behind": dense()}, **FRONT),
    "core.synapses.front.OneForOne": call(lambda: {"behind": dense()}, **FRONT),
    "core.synapses.group_normalised.GroupNormalised": call(
        lambda: {"behind": dense(), "planes": Planes(4, 2, 3), "groups": 2},
        groups=(0, 3),
        planes=(PLANES,),
        **FRONT,
    ),
    "core.synapses.label_plane.LabelPlane": call(
        lambda: {"behind": dense(48), "planes": PLANES, "labels": 3}, labels=(0,), seed=SEED, **FRONT
    ),
    "core.synapses.planes.Planes": call(
        lambda: {"channels": 1, "height": 2, "width": 2}, channels=(0,), height=(0, True), width=(0, None)
    ),
    "core.synapses.pooled.Pooled": call(
        lambda: {"behind": dense(6), "planes": PLANES, "window": (2, 2)}, window=(*WINDOW, (1, 1)), **FRONT
    ),
    "core.synapses.standardised.Standardised": call(
        lambda: {"behind": conv(), "planes": PLANES, "seen": torch.zeros(3, 1)},
        seen=(torch.zeros(3),),
        **FRONT,
    ),
    "core.synapses.weighted.Weighted": call(lambda: {"weight": torch.zeros(4, 24), "bias": torch.zeros(4)}),
    "core.synapses.conv.initial_conv": call(
        lambda: {
            "planes": PLANES,
            "channels": 2,
            "window": (3, 3),
            "stream": torch.Generator(),
            "dtype": torch.float32,
        },
        channels=(0,),
        window=WINDOW,
        stride=(0,),
        padding=((-1, 0),),
        groups=(0, 3),
    ),
    "core.synapses.dense.initial_dense": call(
        lambda: {"inputs": 3, "neurons": 2, "stream": torch.Generator(), "dtype": torch.float32},
        inputs=(0,),
        neurons=(0,),
    ),
    "core.collaboration.Bus": call(dict, bits=(0, 1.5, "x"), span=((1.0, 1.0), (0.0,), (0.0, math.inf))),
    "core.goodness.Goodness": call(dict, scale=(0.0, -1.0)),
    "core.inputs.Encoder": call(
        lambda: {"asking": GroupAsking(3)}, deviation=(0.0,), epsilon=(-1.0,), steps=(0,), seed=SEED
    ),
    "core.inputs.Inputs": call(
        lambda: {
            "pixels": torch.zeros(6, 24),
            "labels": torch.zeros(6, dtype=torch.int64),
            "encoder": Encoder(GroupAsking(3)),
            "constant": None,
            "name": "test",
            "weight": torch.ones(6),
        },
        "constant",
        "name",
        pixels=(torch.zeros(5, 24),),
        labels=(torch.zeros(6), torch.zeros(6, 1, dtype=torch.int64)),
        weight=(torch.ones(5),),
        planes=((1, 4, 6), Planes(1, 4, 5)),
    ),
    "core.inputs.Split": call(lambda: {"train": inputs(), "held_out": inputs(), "test": inputs()}),
    "core.layer.Layer": call(
        lambda: {"synapses": dense(), "gamma": torch.zeros(())}, "neuron", gamma=(torch.zeros(1),)
    ),
    "core.network.Network": call(
        lambda: {"layers": (layer(),), "population": ReLU()},
        "black_boxes",
        "populations",
        layers=((dense(),), [layer()]),
        epsilon=(-1.0,),
        constant_gain=(0.0,),
        trace_decay=(0.0, 1.1),
        goodness=(RandomAsking(3),),
    ),
}
LIF_CALL = call(
    dict,
    steps=(0,),
    beta=(-0.1, 1.1),
    threshold=(0.0,),
    steepness=(0.0,),
    alpha=(1.1,),
    trace_decay=(0.0, 1.1),
)
CALLS |= {"core.neurons.lif.LIF": LIF_CALL, "core.neurons.step.LIFDynamics": LIF_CALL}

MADE = {
    "core.architecture.laid.LaidLayer", "core.architecture.stack.Stack", "core.coupling.Coupled",
    "core.eligibility.InputTrace", "core.engine.rows.DenseArriving", "core.engine.sparse.SparseDense",
    "core.engine.windows.WindowArriving", "core.lockstep.Factors", "core.lockstep.Moment",
    "core.memory.Memory",
    "core.network.Presentation", "core.neurons.population.Response", "core.neurons.sensitivity.Reach",
    "core.neurons.step.LIFStep", "core.neurons.step.NeuronState", "core.neurons.tangent.Tangent",
    "core.readout.RunningActivity", "core.rules.LayerGradient", "core.signal.Rectified", "core.signal.Signal",
    "core.signal.Stimulus",
}  # fmt: skip
"""Made by the core itself, many a batch or step: what they hold was looked at where it came in."""

NOTHING = {"core.engine.reference.Engine", "core.engine.choice.has_kernels", "core.neurons.relu.ReLU"}
"""They take no arguments."""
