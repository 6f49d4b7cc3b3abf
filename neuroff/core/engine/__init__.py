"""Who computes a layer's step: PyTorch, or loops over spikes.

``reference`` is the page that networks and training are written against, filled in by PyTorch; ``events``
does the same by the kernels of `neuroff.kernels` where they apply; ``choice`` says which of them is taken.
``arriving`` is what ``events`` asks of spikes on the way to a layer: ``rows`` fills it in for matrices,
``windows`` for convolutions. ``sparse`` and ``rectified`` are matrices behind values that are no spikes.
"""

from neuroff.core.engine.choice import EngineName, chosen_engine, has_kernels
from neuroff.core.engine.events import EventEngine
from neuroff.core.engine.reference import Engine

__all__ = ["Engine", "EngineName", "EventEngine", "chosen_engine", "has_kernels"]
