"""A network on the chip as a netx file, the HDF5 layout of lava-dl.

====================== ===================================================================================
/layer/0 … /layer/n−1  type "dense", shape (N,), inFeatures, outFeatures, weight (N, D), bias (N,)
                       or type "dense_rec", with weight_rec (N, N) from the layer's own neurons
                       or what `netx_planes` has for convolutions
/layer/i/neuron        type "CUBA", iDecay, vDecay, vThMant, refDelay, gradedSpike
/simulation            Ts, tSample
/neuroff               for reading back, see `netx_own`; other readers pass over it
====================== ===================================================================================

The layout and its meaning are those of lava-dl 0.6.0 (``lava/lib/dl/netx/README.md``, ``hdf5.py``,
``utils.py``): the loader takes δ_u = iDecay − 1, δ_v = vDecay and biases of exponent 6; the weight exponent
is always 0, neurons start at rest, and the delays and refractory periods of a file are passed over. So
`for_netx` settles a network within these bounds, and what is beyond them is refused here.

Neurons that biases would move far before their input comes are set to rest when it comes, as lava-nc's
LIFReset
is: ``netx.hdf5.Network(file, reset_interval=tSample, reset_offset=1)`` loads layer l, from 0, with a reset
    before step l + 1. A file of such a network says ``rests`` in /neuroff.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neuroff.chip.deploy import deploy
from neuroff.chip.model import ChipModel
from neuroff.chip.network import ChipLayer, ChipNetwork
from neuroff.chip.neurons import MAX_BIAS_MANTISSA, ChipNeurons
from neuroff.chip.numbers import ALIGN_BITS
from neuroff.chip.program import FORMAT, MAX_LAYERS, ChipProgram, program_of
from neuroff.chip.reach import require_unreached
from neuroff.chip.synapses import WEIGHT_BITS, ChipSynapses, SignMode, stored
from neuroff.core.synapses.planes import Planes
from neuroff.errors import ExportError, shortened
from neuroff.exchange import netx_planes
from neuroff.exchange.netx_own import own_fields, own_program, rests, threshold_of
from neuroff.exchange.netx_planes import integers
from neuroff.exchange.nir.fields import group, text, whole
from neuroff.hdf5.files import read_hdf5, write_hdf5
from neuroff.hdf5.tree import Tree


def for_netx(model: ChipModel) -> ChipProgram:
    """Return a network with weight exponents of zero, biases of exponent 6 and a start at rest.

    Biases then act one step before the first layer's input, and one step more with every layer, unless the
    network is one whose neurons have to be set to rest: then those of all layers are.

    Args:
        model: quantised on an input of spikes.

    Raises:
        ExportError: naming the layer whose numbers leave the chip's ranges without an exponent.
    """
    for number, scale in enumerate(model.scales, start=1):
        if scale.payload_bits or scale.exponent < 0:
            raise _refused(
                "a graded input" if scale.payload_bits else f"a weight exponent of {scale.exponent}",
                number,
                "an input of spikes" if scale.payload_bits else "weights that do without",
            )
    scales = tuple(replace(scale, exponent=0) for scale in model.scales)
    return from_rest(program_of(deploy(replace(model, scales=scales))))


def rested(program: ChipProgram) -> ChipProgram:
    """Return a program all of whose layers are set to rest when their input comes, as lava-dl does it."""
    layers = (
        replace(layer, neurons=replace(layer.neurons, rest_at=index + 1))
        for index, layer in enumerate(program.chip.layers)
    )
    return replace(program, chip=ChipNetwork(tuple(layers)))


def from_rest(program: ChipProgram) -> ChipProgram:
    """Return a program whose neurons start at rest, with biases of exponent 6: as lava-dl's loader does."""
    program = rested(program) if rests(program) else program
    layers = []
    for layer in program.chip.layers:
        mantissa = torch.round(layer.neurons.bias.double() / 2**ALIGN_BITS)
        mantissa = mantissa.clamp_(-MAX_BIAS_MANTISSA, MAX_BIAS_MANTISSA).to(torch.int32)
        neurons = replace(
            layer.neurons,
            bias_mantissa=mantissa,
            bias_exponent=torch.full_like(mantissa, ALIGN_BITS),
            start_voltage=torch.zeros_like(mantissa),
            start_current=torch.zeros_like(mantissa),
        )
        layers.append(replace(layer, neurons=neurons))
    return replace(program, chip=ChipNetwork(tuple(layers)))


def write_netx(path: Path, program: ChipProgram) -> None:
    """Write a program.

    Raises:
        ExportError: naming the layer and what the layout or its loader does not have.
        RunError: if the file cannot be written.
    """
    layers = {str(index): entry for index, entry in enumerate(_entries(program))}
    simulation = {"Ts": 1, "tSample": program.length}
    write_hdf5(path, {"layer": layers, "simulation": simulation, "neuroff": own_fields(program)})


def read_netx(path: Path) -> ChipProgram:
    """Read a program.

    Raises:
        ExportError: if the file is damaged, too large, holds another kind of layer, numbers that are no
            integers or none the chip has, or does not say how its spikes are counted.
    """
    try:
        tree = read_hdf5(path)
        own, entries = group(tree, "neuroff", ""), group(tree, "layer", "")
        if whole(own, "format", "/neuroff") != FORMAT:
            raise ExportError("a format of a later neuroff", where="/neuroff", fix="update neuroff")
        if not 1 <= len(entries) <= MAX_LAYERS or set(entries) != {str(i) for i in range(len(entries))}:
            raise ExportError(
                f"layers {shortened(sorted(entries))}",
                where="/layer",
                expected=f"0 to n − 1, n ≤ {MAX_LAYERS}",
            )
        layers = tuple(_layers(entries, whole(own, "bits", "/neuroff")))
        program = own_program(layers, own)
        return rested(program) if "rests" in own and whole(own, "rests", "/neuroff") else program
    except ExportError as error:
        if error.where.startswith(str(path)):
            raise
        where = f"{path}: {error.where}" if error.where else str(path)
        raise ExportError(error.what, where=where, expected=error.expected, fix=error.fix) from None


def _entries(program: ChipProgram) -> Iterator[dict[str, Any]]:
    """Yield the file's layers: the program's, and what says how values lie in planes."""
    planes: Planes | None = None
    for index, layer in enumerate(program.chip.layers):
        shared = None if layer.recurrent is not None else netx_planes.without_pool(layer.synapses)
        if shared is not None and shared.windows is not None and index == 0:
            planes = shared.windows.planes
            yield netx_planes.arriving(planes)
        if shared is None or shared.windows is None or shared.windows.planes != planes:
            if planes is not None:
                yield {"type": netx_planes.kind("flatten")}
            shared = planes = None
        else:
            planes = netx_planes.leaving(shared)
        require_unreached(layer, program.length, f"netx, layer {index + 1}")
        yield _written(layer, index + 1, shared)


def _written(layer: ChipLayer, number: int, shared: ChipSynapses | None) -> dict[str, Any]:
    """Return a layer's fields; ``shared``: its synapses where they stay a convolution."""
    synapses, neurons, own = layer.synapses, layer.neurons, layer.recurrent
    beyond = {
        "a graded input": synapses.payload_bits > 0,
        f"a weight exponent of {synapses.exponent}": synapses.exponent != 0,
        f"delays of up to {synapses.longest_delay} steps": synapses.longest_delay > 0,
        "recurrent weights with an exponent, delays, or other bits than the others": own is not None
        and (own.exponent, own.longest_delay, own.bits, own.sign) != (0, 0, synapses.bits, synapses.sign),
        f"neuron.refractory={neurons.refractory - 1}": neurons.refractory > 1,
        "a reset by subtraction": neurons.taken > 0,
        "thresholds that rise with spikes": neurons.raised_by > 0,
        f"a rest at step {neurons.rest_at}": neurons.rest_at not in (0, number),
        "a start away from rest, which biases need to wait for the first spikes": bool(
            neurons.start_voltage.any() | neurons.start_current.any()
        ),
        "biases of other exponents than 6": bool((neurons.bias != neurons.bias >> 6 << 6).any()),
        "biases beyond 13 bits": bool((neurons.bias >> 6).abs().max() > MAX_BIAS_MANTISSA),
        # The loader scales weights by the largest of them, and rounds the largest of one sign away.
        "only negative weights, or none but zeros": max(
            int(each.weight.max()) for each in (synapses, own) if each is not None
        )
        <= 0,
    }
    for what in (what for what, holds in beyond.items() if holds):
        fix = "train with neuron.refractory=0" if what.startswith("neuron.refractory") else ""
        raise _refused(what, number, "what lava-dl's loader reads", fix)
    bias = neurons.bias >> ALIGN_BITS
    every = (
        {
            "type": netx_planes.kind("dense" if own is None else "dense_rec"),
            "shape": np.array([neurons.count]),
            "inFeatures": synapses.axons,
            "outFeatures": neurons.count,
            "weight": synapses.matrix.cpu().numpy(),
            **({} if own is None else {"weight_rec": own.weight.cpu().numpy()}),
            "bias": bias.cpu().numpy(),
        }
        if shared is None
        else netx_planes.written(shared, bias)
    )
    return {
        **every,
        "neuron": {
            "type": "CUBA",
            "iDecay": neurons.current_decay + 1,
            "vDecay": neurons.voltage_decay,
            "vThMant": threshold_of(layer),
            "refDelay": 1,
            "gradedSpike": 0,
        },
    }


def _layers(entries: Tree, bits: int) -> Iterator[ChipLayer]:
    """Yield the layers of a file; what says how values lie in planes is none."""
    planes: Planes | None = None
    for index in range(len(entries)):
        where = f"/layer/{index}"
        fields = group(entries, str(index), "/layer")
        kind = netx_planes.read_kind(fields, where)
        if kind == "input" and index == 0:
            planes = netx_planes.read_planes(fields, where)
        elif kind == "flatten" and planes is not None:
            planes = None
        elif (kind == "conv") != (planes is not None):
            raise ExportError(
                f"a layer of type {shortened(kind)} on {planes or 'no planes'}",
                where=where,
                expected="conv on planes, dense behind flatten",
            )
        else:
            layer = _read(fields, where, bits, planes)
            planes = netx_planes.leaving(layer.synapses)
            yield layer


def _read(fields: Tree, where: str, bits: int, planes: Planes | None) -> ChipLayer:
    known, kind = {"type", "shape", "weight", "bias", "neuron"}, netx_planes.read_kind(fields, where)
    known |= netx_planes.FIELDS if kind == "conv" else {"inFeatures", "outFeatures"}
    unknown = set(fields) - known - ({"weight_rec"} if kind == "dense_rec" else set())
    if kind not in ("dense", "dense_rec", "conv") or unknown:
        what = f"{', '.join(sorted(unknown)[:3])}" if unknown else f"type {shortened(kind)}"
        raise ExportError(what, where=where, expected="a dense layer or a convolution without delays")
    windows = None
    if planes is not None:
        weight, windows, bias = netx_planes.read(fields, where, planes)
        every = weight
    else:
        weight, bias, own = _matrices(fields, where, recurrent=kind == "dense_rec")
        every = torch.cat((weight, own), 1)  # lava-dl's loader takes both for one matrix
    sign: SignMode = "mixed" if int(every.min()) < 0 else "excitatory"
    if not 1 <= bits <= WEIGHT_BITS or int(every.abs().max()) > 256:
        raise ExportError(f"weights beyond {bits} bits", where=where, expected="weights of 1 to 8 bits")
    if not torch.equal(stored(every, bits, sign), every.to(torch.int32)):
        # Weights of both signs may all be positive by chance.
        raise ExportError(f"weights that {bits} bits do not hold", where=where, expected=f"{sign} weights")
    cell = group(fields, "neuron", where)
    model = text(cell, "type", f"{where}/neuron")
    if model not in ("CUBA", "LOIHI") or whole(cell, "refDelay", where) != 1:
        raise ExportError(f"neurons of type {shortened(model)}", where=where, expected="CUBA, refDelay 1")
    neurons = ChipNeurons(
        bias,
        torch.full_like(bias, ALIGN_BITS),
        current_decay=whole(cell, "iDecay", where) - 1,
        voltage_decay=whole(cell, "vDecay", where),
        threshold_mantissa=whole(cell, "vThMant", where),
    )
    recurrent = ChipSynapses(own, bits=bits, sign=sign) if kind == "dense_rec" else None
    return ChipLayer(ChipSynapses(weight, bits=bits, sign=sign, windows=windows), neurons, recurrent)


def _matrices(fields: Tree, where: str, *, recurrent: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Return weights, biases and the weights from the layer's own neurons, none without."""
    weight = integers(fields, "weight", where, 2)
    shape = (whole(fields, "outFeatures", where), whole(fields, "inFeatures", where))
    if tuple(weight.shape) != shape:
        raise ExportError(
            f"{tuple(weight.shape)} weights", where=where, expected=f"(outFeatures, inFeatures) = {shape}"
        )
    bias = integers(fields, "bias", where, 1) if "bias" in fields else weight.new_zeros(shape[0])
    own = integers(fields, "weight_rec", where, 2) if recurrent else weight[:, :0]
    if recurrent and tuple(own.shape) != (shape[0], shape[0]):
        raise ExportError(f"{tuple(own.shape)} weights", where=where, expected="(outFeatures, outFeatures)")
    return weight, bias, own


def _refused(what: str, number: int, expected: str, fix: str = "") -> ExportError:
    return ExportError(what, where=f"netx, layer {number}", expected=expected, fix=fix)
