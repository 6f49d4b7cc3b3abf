"""A network that others trained on its way to a chip: integers, what they cost, where they fit, a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import torch
from torch import Tensor

from neuroff.chip.network import run as run_chip
from neuroff.chip.program import ChipProgram
from neuroff.energy import load_profile
from neuroff.errors import DataError, ExportError, require_choice
from neuroff.exchange.formats import Exported
from neuroff.exchange.losing import fit_notes
from neuroff.files import require_free
from neuroff.foreign.convention import Convention
from neuroff.foreign.counting import count_graph
from neuroff.foreign.fixed.agreement import Agreement, agreement
from neuroff.foreign.fixed.program import program_of_graph
from neuroff.foreign.fixed.quantise import Quantised, quantise
from neuroff.foreign.fixed.resetting import ChipReset, with_chip_reset
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.reading import read_nir
from neuroff.foreign.running import recorded
from neuroff.foreign.spikes import read_spikes, require_spikes, values_for
from neuroff.foreign.targets import (
    CHAINS,
    SUBTRACTING,
    TARGETS,
    with_exponents,
    write_program,
)
from neuroff.foreign.unrolling import unrolled
from neuroff.foreign.work import work_of

SANAFE_CHIP: Final = "loihi1-sanafe"
"""The profile that SANA-FE's files describe where none is named."""

_AT_ONCE = 500  # samples


@dataclass(frozen=True)
class Ported:
    """A network in integers.

    Attributes:
        quantised: the integers, node by node.
        program: what a file holds.
        agreement: with the network that it was made of.
        same: whether the chip's emulator gave the spikes of ``quantised`` one by one, and the potentials of
            neurons that do not fire.
        exported: the file.
    """

    quantised: Quantised
    program: ChipProgram
    agreement: Agreement
    same: bool
    exported: Exported


def port_graph(
    graph: SpikingGraph,
    to: str,
    out: Path | str,
    values: Mapping[str, Tensor],
    calibration: Mapping[str, Tensor] | None = None,
    *,
    labels: Tensor | None = None,
    bits: int = 8,
    chip_reset: ChipReset | None = None,
    profile: str | None = None,
    force: bool = False,
) -> Ported:
    """Write layers that follow each other as integers, and say what they cost on some samples.

    Args:
        graph: layers of neurons that follow each other, each joined among itself or not; weights before each
            are unrolled to one matrix.
            What a spike does is made what a chip's neurons do; see `neuroff.foreign.fixed.resetting`.
        to: a name of `TARGETS`.
        out: the file.
        values: spikes for its input, ``(T, B, *shape)``, on which the two are compared; T is that of the
            program.
        calibration: spikes on which thresholds are chosen; without them the first half of ``values``, and
            the second half is compared.
        labels: ``(B,)``, the right answers, where they are known.
        bits: of a weight.
        chip_reset: whether the chip's neurons can subtract, or reset to rest alone; without it they do what
            the file can say: subtract for ``loihi`` and ``c``, and not for the others.
        profile: name or file of the chip, for ``sanafe``.
        force: overwrite what is there.

    Raises:
        ExportError: naming the node that is not to be had on the chip, or if something is there already.
        ConfigError: if there is no such target.
    """
    require_choice(to, TARGETS, "--to")
    resets_to = chip_reset or ("subtract" if to in SUBTRACTING else "rest")
    require_choice(resets_to, get_args(ChipReset), "--chip-reset")
    file = require_free(Path(out), ExportError, force=force)
    require_spikes(values, "data")
    steps = next(iter(values.values())).shape[0]
    chain = unrolled(graph)
    reset = with_chip_reset(chain, _half(values, 0) if calibration is None else calibration, resets_to)
    if reset.shares and calibration is None:  # not judged by what it was chosen on
        values, labels = _half(values, 1), None if labels is None else labels[len(labels) // 2 :]
    quantised = quantise(reset.graph, bits, exponents=with_exponents(to, chain), steps=steps)
    program = program_of_graph(quantised, steps, chain=to in CHAINS, hold=resets_to == "subtract")
    if to == "netx":
        program = _from_rest(program)
    found = agreement(graph, quantised.graph, values, labels)
    files = write_program(to, file, program, values, load_profile(profile or SANAFE_CHIP))
    share = chip_share(quantised, program, values)
    resets = (
        f"{name}: reset to rest, threshold {share:.2f} of its own; neurons trained so lose less"
        for name, share in reset.shares.items()
    )
    notes = (
        *chain.notes[len(graph.notes) :],
        *quantised.notes,
        *resets,
        *_told(found),
        *([] if share == 1.0 else [_apart(to, share)]),
        _steps(program.chip.period),
    )
    one = {name: each[:, :1] for name, each in values.items()}  # sizes alone matter here
    fits = fit_notes(work_of(count_graph(graph, one)), bits)
    exported = Exported(to, files, program.widths, bits, (*notes, *fits))
    return Ported(quantised, program, found, share == 1.0, exported)


def _steps(period: int) -> str:
    if period == 1:
        return "every layer works a step later than the one before it"
    return (
        f"{period} steps of the chip are one of the network: what returns over layers is there in time, and "
        "neurons hold their state in between, which Loihi 2's may be programmed to do, and Loihi 1's cannot"
    )


def _apart(to: str, share: float) -> str:
    why = "biases too large for where neurons start"
    if to == "netx":
        why = "lava-dl's loader starts neurons at rest, where biases act before the first spikes arrive"
    return f"the chip's emulator does as the integers in {100 * share:.2f} % of neuron-steps: {why}"


def _from_rest(program: ChipProgram) -> ChipProgram:
    from neuroff.exchange.netx import from_rest  # needs h5py

    return from_rest(program)


def _half(values: Mapping[str, Tensor], which: int) -> dict[str, Tensor]:
    """Return the first or the second half of the samples; all of a single one."""
    samples = next(iter(values.values())).shape[1]
    half = slice(samples // 2) if which == 0 else slice(samples // 2, None)
    return {name: each[:, half] if samples > 1 else each for name, each in values.items()}


def port_file(
    file: Path | str,
    to: str,
    out: Path | str,
    data: Path | str,
    calibrate: Path | str | None = None,
    *,
    dt_ms: float | None = None,
    written_by: Convention | None = None,
    bits: int = 8,
    chip_reset: ChipReset | None = None,
    profile: str | None = None,
    force: bool = False,
) -> Ported:
    """Write a ``.nir`` file as integers; see `port_graph` and `neuroff.foreign.reading.read_nir`.

    Args:
        file: the network.
        to: a name of `TARGETS`.
        out: the file to write.
        data: an ``.npz`` with ``spikes``, ``(T, B, …)``, and ``labels``, ``(B,)``, if they are known.
        calibrate: another one, on which thresholds are chosen.
        dt_ms: duration of a step.
        written_by: how the writer steps its neurons.
        bits: of a weight.
        chip_reset: see `port_graph`.
        profile: see `port_graph`.
        force: overwrite what is there.
    """
    graph = read_nir(file, dt_ms=dt_ms, written_by=written_by)
    arrays = read_spikes(data, graph.dt_ms)
    values = values_for(graph, arrays, str(data))
    labels = None
    if "labels" in arrays:
        samples = next(iter(values.values())).shape[1]
        if arrays["labels"].shape != (samples,) or arrays["labels"].dtype.kind not in "iu":
            raise DataError(
                f"labels of shape {arrays['labels'].shape}",
                where=str(data),
                expected=f"({samples},) whole numbers",
            )
        labels = torch.from_numpy(arrays["labels"].astype("int64"))
    chosen = (
        None if calibrate is None else values_for(graph, read_spikes(calibrate, graph.dt_ms), str(calibrate))
    )
    return port_graph(
        graph,
        to,
        out,
        values,
        chosen,
        labels=labels,
        bits=bits,
        chip_reset=chip_reset,
        profile=profile,
        force=force,
    )


def chip_agrees(quantised: Quantised, program: ChipProgram, values: Mapping[str, Tensor]) -> bool:
    """Whether the chip's emulator does in every neuron-step as a graph in integers; see `chip_share`."""
    return chip_share(quantised, program, values) == 1.0


def chip_share(quantised: Quantised, program: ChipProgram, values: Mapping[str, Tensor]) -> float:
    """Return the share of neuron-steps in which the chip's emulator does as a graph in integers.

    It sends as many spikes, or has the same potential to the bit where neurons do not fire.

    Args:
        quantised: the graph.
        program: made of it.
        values: of its input, ``(T, B, *shape)``.
    """
    (spikes,) = values.values()
    steps, samples = spikes.shape[:2]
    if samples > _AT_ONCE:
        ((name, whole),) = values.items()
        parts = whole.split(_AT_ONCE, dim=1)
        shares = [(chip_share(quantised, program, {name: part}), part.shape[1]) for part in parts]
        return float(sum(share * count for share, count in shares)) / float(samples)
    events = program.chip.fed([each.reshape(samples, -1).to(torch.int32) for each in spikes])
    taken = list(run_chip(program.chip, events, samples))
    found = recorded(quantised.graph, values)
    same, every = 0, 0
    for index, name in enumerate(quantised.graph.populations):
        fires = program.chip.layers[index].neurons.most > 0
        own = torch.stack(
            [
                taken[each].spikes[index] if fires else taken[each].state.neurons[index].voltage
                for each in program.chip.moments(index + 1, steps)
            ]
        )
        same += int(own.double().eq(found[name]["spikes" if fires else "voltages"].flatten(2)).sum())
        every += own.numel()
    return same / every


def _told(found: Agreement) -> list[str]:
    shares = ", ".join(f"{name} {100 * share:.2f} %" for name, share in found.spikes.items())
    lines = [f"neuron-steps that agree on {found.samples} samples: {shares}"]
    if found.right is not None:
        lines.append(
            f"right answers: {100 * found.right[0]:.2f} % before, {100 * found.right[1]:.2f} % as integers"
        )
    else:
        lines.append(f"answers that stay the same: {100 * found.answers:.2f} %")
    return lines
