"""What a deployed network asks of a chip, in the terms of the energy report, and whether a profile grants it.

The work is counted in the emulator, so placement, traffic and energy rest on what the integers did. Cores,
synapse memory and axons are judged by the energy report's own placement; the rest of this page is what
placement does not know: delays and the width of numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from neuroff.checks import require_kind
from neuroff.chip.deploy import Deployment, chunk_rows, events
from neuroff.chip.network import at_start, run
from neuroff.chip.neurons import MAX_DECAY, ChipNeurons, NeuronState
from neuroff.chip.numbers import STATE_LIMIT
from neuroff.core.inputs import Inputs
from neuroff.core.together import require_images
from neuroff.energy.placing.placement import Placement, place
from neuroff.energy.placing.resources import Shortfall
from neuroff.energy.profile.schema import Profile
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.errors import ExportError, ShapeError

STATE_BITS = STATE_LIMIT.bit_length()
"""Bits of a potential."""


@torch.no_grad()
def chip_work(deployment: Deployment, inputs: Inputs, name: str = "chip") -> NetworkWork:
    """Count what the chip does for an image under every label, mean over images.

    Every step of a presentation counts, those in which a layer's spikes are not read included. A neuron's
    update is active where its bias, its current, what is left of its potential, by what its threshold is
    raised or what arrives is not zero, as SANA-FE and the chip have it, or where it fires.

    Args:
        deployment: the network on the chip.
        inputs: images to count on.
        name: in reports.

    Raises:
        ShapeError: if there are no images.
    """
    require_kind("deployment", deployment, Deployment, where="chip_work")
    require_images(deployment.model.network, inputs, "chip_work")
    if not len(inputs):
        raise ShapeError("no images to count on", where="chip work", expected="at least one")
    asking, depth = deployment.model.network.asking, len(deployment.chip.layers)
    received = torch.zeros(depth, deployment.length, dtype=torch.float64)
    met, through_zero, emitted, active = (torch.zeros_like(received) for _ in range(4))
    wiring = [layer.synapses for layer in deployment.model.network.layers]
    reach = [synapses.fan_out() for synapses in wiring]
    zeros = [
        layer.synapses.zero_fan_out(reached)
        for layer, reached in zip(deployment.chip.layers, reach, strict=True)
    ]
    spikes_of = [torch.zeros(layer.neurons.count, dtype=torch.float64) for layer in deployment.chip.layers]
    for rows in chunk_rows(len(inputs), asking.presentations):
        stimulus = inputs.stimulus(rows, "predict", rows.start)
        candidates = asking.everything(stimulus.samples, stimulus.label.device)
        sent = events(deployment, stimulus, candidates)
        waiting: list[Tensor | None] = [None] * depth
        resting = at_start(deployment.chip, candidates.numel()).neurons
        for moment, taken in enumerate(run(deployment.chip, sent, candidates.numel())):
            before = sent[moment]
            for index, spikes in enumerate(taken.spikes):
                fired = spikes.sum(0)
                touched = None if before is None else before.ne(0)
                if touched is not None:
                    per_axon = touched.sum(0)
                    received[index, moment] += float(per_axon.sum())
                    met[index, moment] += float((per_axon * reach[index]).sum())
                    through_zero[index, moment] += float((per_axon * zeros[index]).sum())
                busy = _left_over(deployment.chip.layers[index].neurons, resting[index]) | spikes.ne(0)
                arrived = waiting[index]
                active[index, moment] += float((busy if arrived is None else busy | arrived).sum())
                waiting[index] = None if touched is None else wiring[index].reached(touched.float())
                emitted[index, moment] += float(fired.sum())
                spikes_of[index] += fired.double().cpu()
                before = spikes
            resting = taken.state.neurons
    images = len(inputs)

    def per_image(rows: Tensor) -> tuple[float, ...]:
        return tuple((rows / images).tolist())

    layers = tuple(
        LayerWork(
            name=f"layer {index + 1}",
            inputs=layer.synapses.axons,
            neurons=layer.neurons.count,
            synapses=wiring[index].connections,
            zero_weights=int(zeros[index].sum()),
            received=per_image(received[index]),
            events=per_image(met[index]),
            zero_events=per_image(through_zero[index]),
            spikes=per_image(emitted[index]),
            active=per_image(active[index]),
            spikes_of=per_image(spikes_of[index]),
        )
        for index, layer in enumerate(deployment.chip.layers)
    )
    return NetworkWork(name, layers, deployment.length, asking.presentations, dtype="int8")


def _left_over(neurons: ChipNeurons, state: NeuronState) -> Tensor:
    """Return which neurons have something to do with no input, ``(B, N)`` bool."""
    found = state.voltage.ne(0) | neurons.bias.ne(0)
    if state.raised is not None:
        found |= state.raised.ne(0)
    return found if neurons.current_decay == MAX_DECAY else found | state.current.ne(0)


def place_on(deployment: Deployment, work: NetworkWork, profile: Profile) -> Placement:
    """Place a deployed network as the energy report does, by `neuroff.energy.placing.placement.place`."""
    return place(work, profile, weight_bit=max(layer.synapses.bits for layer in deployment.chip.layers))


def require_fit(deployment: Deployment, work: NetworkWork, profile: Profile) -> Placement:
    """Place a deployed network, and refuse one that does not fit.

    Args:
        deployment: the network on the chip.
        work: what `chip_work` counted.
        profile: the chip.

    Raises:
        ExportError: naming everything there is not enough of.
    """
    require_kind("deployment", deployment, Deployment, where="require_fit")
    require_kind("work", work, NetworkWork, where="require_fit")
    require_kind("profile", profile, Profile, where="require_fit")
    placed = place_on(deployment, work, profile)
    short = [each for each in placed.shortfalls if each.kind == "wall"]
    short += number_shortfalls(deployment, profile)
    if short:
        raise ExportError(
            "; ".join(map(str, short)),
            where=f"profile {profile.id}",
            expected="a network within the limits of the chip",
            fix="use narrower layers, fewer weight bits or another profile",
        )
    return placed


def number_shortfalls(deployment: Deployment, profile: Profile) -> tuple[Shortfall, ...]:
    """Return the delays and widths of numbers that a chip does not have; none where it does not say."""
    return tuple(_number_shortfalls(deployment, profile))


def _number_shortfalls(deployment: Deployment, profile: Profile) -> Iterator[Shortfall]:
    limits = profile.limits
    if limits is None:
        return
    for number, layer in enumerate(deployment.chip.layers, start=1):
        name, synapses = f"layer {number}", layer.synapses
        longest = limits.delay_steps
        if longest is not None and synapses.longest_delay > longest.value_count:
            yield Shortfall("delay_steps", name, synapses.longest_delay, longest.value_count, "wall")
        if limits.weight_max_bit is not None and synapses.bits > limits.weight_max_bit:
            yield Shortfall("weight_max_bit", name, synapses.bits, limits.weight_max_bit, "wall")
    if limits.state_bit is not None and limits.state_bit < STATE_BITS:
        yield Shortfall("state_bit", "", STATE_BITS, limits.state_bit, "wall")
