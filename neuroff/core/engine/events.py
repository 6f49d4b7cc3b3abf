"""Loops over spikes: `neuroff.kernels` for integrate-and-fire neurons behind matrices and convolutions.

Where inputs fire seldom, weights are added where a spike is; where they fire often, a matrix product is
quicker, and only the neurons' steps are loops. Which of both is read from the spikes themselves: the same
spikes are always computed the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import Tensor

from neuroff.checks import require_number, require_whole
from neuroff.core.engine.arriving import Arriving
from neuroff.core.engine.neurons import is_known, numbers_of, room_beside
from neuroff.core.engine.reference import Engine
from neuroff.core.engine.rows import rows_arriving
from neuroff.core.engine.sparse import SparseDense
from neuroff.core.engine.windows import window_arriving
from neuroff.core.neurons.adaptive import AdaptiveLIF
from neuroff.core.neurons.lif import LIF
from neuroff.core.neurons.parameters import NEURON_PARAMETERS
from neuroff.core.neurons.population import Population, Response
from neuroff.core.readout import step_weights
from neuroff.core.rules import LayerGradient
from neuroff.core.signal import Signal
from neuroff.core.synapses import Dense, Synapses


@dataclass(frozen=True)
class EventEngine(Engine):
    """Numba's loops where they apply, PyTorch elsewhere.

    They apply to `LIF` and `AdaptiveLIF` neurons and float32 on a processor. Spikes are uint8.

    Attributes:
        crossover: share of a layer's inputs, pooled where a pool is in front, that are not zero above which a
            product of all of them is taken: just below where both take the same time
            (`benchmarks/spiking_scaling.py`); a negative one takes products always.
        threads: of the loops; PyTorch's number by default.

    Raises:
        ConfigError: naming a number out of range.
    """

    crossover: float = 0.8
    threads: int = field(default_factory=torch.get_num_threads)

    def __post_init__(self) -> None:
        require_number("crossover", self.crossover, least=-1.0, most=1.0, where="EventEngine")
        require_whole("threads", self.threads, least=1, where="EventEngine")

    @property
    def name(self) -> str:
        """Name in configurations and results."""
        return "numba"

    @property
    def spike_bytes(self) -> int:
        """Bytes of a spike."""
        return 1

    @property
    def at_once(self) -> int:
        """One a thread: loops hold no lock, and threads of PyTorch's own are in their way."""
        return self.threads

    def beside(self, others: int) -> EventEngine:
        """Leave each its share of the threads."""
        return replace(self, threads=max(1, self.threads // (others + 1))) if others else self

    @property
    def looks_back(self) -> bool:
        """It is."""
        return True

    @property
    def takes_parts(self) -> bool:
        """It does."""
        return True

    def synapses(self, synapses: Synapses) -> Synapses:
        """See `Engine`."""
        if type(synapses) is not Dense:
            return synapses
        return SparseDense(synapses.weight, synapses.bias, threads=self.threads)

    def respond(self, population: Population, drive: Tensor, *, traced: bool) -> Response:
        """See `Engine`."""
        if not _runs(population, drive):
            return super().respond(population, drive, traced=traced)
        from neuroff.kernels import forward

        constant = drive.ndim == 2
        response = _empty(population, drive, traced=traced, constant=constant)
        run = forward.respond_to_constant if constant else forward.respond
        return self._run_samples(run, population, response, drive.contiguous().numpy())

    def respond_to(
        self, population: Population, synapses: Synapses, pre: Signal, precision: torch.dtype, *, traced: bool
    ) -> Response:
        """See `Engine`."""
        like = next(iter(synapses.tensors().values()))
        if _runs(population, like):
            arriving = self._arriving(synapses, pre, precision)
            if arriving is not None:
                room = like.new_empty(pre.values.shape[1], synapses.neurons)
                response = _empty(population, room, traced=traced, constant=False)
                kernel, arrays = arriving.forward()
                return self._run_samples(kernel, population, response, *arrays)
        given = self.synapses(synapses)
        return super().respond_to(population, given, _taken(pre, given), precision, traced=traced)

    def sensitivity(self, population: Population, response: Response, activity_gradient: Tensor) -> Tensor:
        """See `Engine`."""
        trace = response.trace
        if not (_ran(population, response) and trace is not None and trace.ndim == 3):
            return super().sensitivity(population, response, activity_gradient)
        from neuroff.kernels import backward, threads

        found = _room(trace.shape, np.float32)
        neuron, given = numbers_of(population), _backward_arguments(population, response, activity_gradient)

        def work(first: int, last: int) -> None:
            backward.sensitivity(neuron, *given, found.numpy(), first, last)

        threads.spread(work, trace.shape[1], self.threads)
        return found

    def learn(
        self,
        gradient: LayerGradient,
        population: Population,
        response: Response,
        activity_gradient: Tensor,
        synapses: Synapses,
        pre: Signal,
        precision: torch.dtype,
    ) -> None:
        """See `Engine`."""
        if _ran(population, response):
            arriving = self._arriving(synapses, pre, precision)
            if arriving is not None:
                back = _backward_arguments(population, response, activity_gradient)
                arriving.learn(gradient.synapses, numbers_of(population), back)
                return
        given = self.synapses(synapses)
        heard = _taken(pre, given)
        super().learn(gradient, population, response, activity_gradient, given, heard, precision)

    def _run_samples(
        self, kernel: Any, population: LIF | AdaptiveLIF, response: Response, *given: Any
    ) -> Response:
        """Run a kernel of `neuroff.kernels.forward`, each thread with samples of its own."""
        from neuroff.kernels import threads

        neuron, learned = numbers_of(population), () if response.trace is None else population.learned
        samples, neurons = response.activity.shape
        weights = np.array(step_weights(population.steps, population.trace_decay), np.float32)
        trace = None if response.trace is None else _by_sample(response.trace).numpy()
        followed = np.empty((len(NEURON_PARAMETERS), samples, neurons), np.float32) if learned else None

        def work(first: int, last: int) -> None:
            room = room_beside(population, neurons, followed)
            spikes, activity = response.output.numpy(), response.activity.numpy()
            kernel(neuron, *given, weights, *room, spikes, activity, trace, first, last)

        threads.spread(work, samples, self.threads)
        if followed is None:
            return response
        by_name = dict(zip(NEURON_PARAMETERS, torch.from_numpy(followed), strict=True))
        return replace(response, influence={name: by_name[name] for name in learned})

    def _arriving(self, synapses: Synapses, pre: Signal, precision: torch.dtype) -> Arriving | None:
        """Return spikes that are added one by one, ``None`` where PyTorch is quicker or knows more."""
        if pre.values.dtype != torch.uint8 or precision != torch.float32:
            return None
        given = synapses, pre, self.crossover, self.threads
        return rows_arriving(*given) or window_arriving(*given)


def _runs(population: Population, like: Tensor) -> TypeGuard[LIF | AdaptiveLIF]:
    """Whether the kernels know these neurons and numbers."""
    return is_known(population) and like.dtype == torch.float32 and like.device.type == "cpu"


def _ran(population: Population, response: Response) -> TypeGuard[LIF | AdaptiveLIF]:
    """Whether a response is the kernels': its spikes are bytes."""
    return is_known(population) and response.output.dtype == torch.uint8


def _taken(pre: Signal, synapses: Synapses) -> Signal:
    """Return spikes as what synapses other than the loops' take."""
    numbers = synapses.takes_bytes or pre.values.dtype != torch.uint8
    return pre if numbers else Signal(pre.values.float(), pre.gain)


def _empty(population: LIF | AdaptiveLIF, like: Tensor, *, traced: bool, constant: bool) -> Response:
    """Return room for a response of the neurons of ``like``, ``(…, B, N)``."""
    shape = like.shape[-2:]
    spikes = _room((population.steps, *shape), np.uint8)
    over_time = shape if constant else (shape[0], population.steps, shape[1])
    trace = _by_sample(_room(over_time, np.float32)) if traced else None
    return Response(like.new_empty(shape), spikes, trace)


def _by_sample(trace: Tensor) -> Tensor:
    """Return slopes ``(T, B, N)`` of which a sample's lie together, from those, or those from it."""
    return trace if trace.ndim == 2 else trace.transpose(0, 1)


def _room(shape: Sequence[int], number: Any) -> Tensor:
    """Return a tensor to be written: NumPy asks for large pages, so that first touches cost less."""
    return torch.from_numpy(np.empty(shape, number))


def _backward_arguments(
    population: LIF | AdaptiveLIF, response: Response, activity_gradient: Tensor
) -> tuple[Any, Any, Any]:
    """Return slopes, spikes and the gradient's share of a step, as the kernels of the way back take them."""
    trace = response.trace
    if trace is None:
        raise ValueError("a gradient needs the response of a traced run")
    share = activity_gradient.div_(population.steps).contiguous().numpy()
    return _by_sample(trace).contiguous().numpy(), response.output.numpy(), share
