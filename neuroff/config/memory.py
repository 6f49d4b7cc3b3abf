"""Refuse a training that there is no memory for, before anything of it is allocated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from neuroff.config.layers import draw_stack
from neuroff.config.schema import Config
from neuroff.core.asking import GroupAsking
from neuroff.core.inputs import Inputs
from neuroff.core.memory import Memory, training_memory
from neuroff.core.network import Network
from neuroff.core.plan import Plan
from neuroff.core.synapses import Planes
from neuroff.device import available_bytes
from neuroff.errors import ConfigError

_COUNTABLE = 2**29  # neurons of a layer behind another: PyTorch counts the bytes of their weights


def require_memory(
    config: Config, network: Network, plan: Plan, planes: Planes, inputs: Inputs | None = None
) -> None:
    """Refuse a network that cannot be trained in the memory that there is.

    Args:
        config: what the network was made of.
        network: it, or the same without numbers.
        plan: how it is trained.
        planes: of its images.
        inputs: the images; one if not given.

    Raises:
        ConfigError: saying how much it takes and for what, how much there is, and what to make smaller.
    """
    there = available_bytes(network.layers[0].gamma.device)
    needed = training_memory(network, plan, inputs)
    if there is None or needed.total <= there:
        return

    def fits(network: Network, plan: Plan) -> bool:
        return training_memory(network, plan, inputs).total <= there

    raise ConfigError(
        f"training takes up to {_size(needed.total)}: {_told(needed)}",
        where="network.widths" if config.network.layers is None else "network.layers",
        expected=f"at most {_size(there)}, which is what there is",
        fix=", or ".join(_fixes(config, network, plan, planes, fits)),
    )


def _told(needed: Memory) -> str:
    parts = {
        "weights, gradients and moments": needed.weights,
        "fixed read-outs": needed.readouts,
        f"activities of {needed.images:,} image{'s' * (needed.images > 1)} at once": needed.activities,
        "the first layer's drive by all images": needed.drives,
    }
    found = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{_size(size)} for {name}" for name, size in found if size)


def _size(count: int) -> str:
    unit, name = (2**30, "GiB") if count >= 2**29 else (2**20, "MiB")
    return f"{count / unit:,.1f} {name}"


def _fixes(
    config: Config, network: Network, plan: Plan, planes: Planes, fits: Callable[[Network, Plan], bool]
) -> Iterator[str]:
    """Yield each single change that is enough, or, where none is, what takes less."""
    chunk = _largest(lambda images: fits(network, replace(plan, chunk_size=images)), plan.chunk_size)
    if chunk:
        yield f"training.chunk_size={chunk} fits"
    if plan.schedule == "sequential" and fits(network, replace(plan, schedule="interleaved")):
        yield "training.schedule=interleaved fits"
    unread = replace(network, asking=GroupAsking(network.classes))
    if config.asking.form == "random" and fits(unread, plan):
        yield "asking.form=groups, which keeps no read-outs, fits"
    steps = ", or a smaller neuron.steps" if config.path == "spiking" else ""
    if config.network.layers is not None:
        yield f"take fewer channels or neurons, pool more in front of dense layers{steps}"
        return

    def of_width(neurons: int) -> bool:
        widths = {"widths": (neurons,) * config.network.depth}
        changed = config.model_copy(update={"network": config.network.model_copy(update=widths)})
        layers = draw_stack(changed, planes, network.asking, blank=True).layers
        return fits(replace(network, layers=layers), plan)

    width = 0 if config.network.group_norm else _largest(of_width, _COUNTABLE)
    yield f"widths of up to {width:,} fit" if width else f"choose smaller widths{steps}"


def _largest(fits: Callable[[int], bool], most: int) -> int:
    """Return the largest number up to ``most`` that fits, if smaller ones fit too; 0 if none does."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least
