"""A network that others trained on its way to another simulator: the same spikes and potentials there."""

from __future__ import annotations

from pathlib import Path

from neuroff.errors import ExportError
from neuroff.exchange.formats import Exported
from neuroff.exchange.graph.neurons import Silent
from neuroff.exchange.nir.flavour import Flavour, set_right
from neuroff.files import require_free
from neuroff.foreign.as_exchange import POTENTIALS_APART, exchange_graph, runs_alike
from neuroff.foreign.convention import Convention
from neuroff.foreign.nodes.protocol import size
from neuroff.foreign.reading import read_nir
from neuroff.foreign.spikes import read_spikes, require_spikes, values_for


def convert_file(
    file: Path | str,
    out: Path | str,
    data: Path | str,
    *,
    flavour: Flavour = "nir",
    dt_ms: float | None = None,
    written_by: Convention | None = None,
    force: bool = False,
) -> Exported:
    """Write a ``.nir`` file for another simulator: the same spikes and potentials there as here.

    Args:
        file: the network: layers of neurons that follow each other.
        out: the file to write.
        data: an ``.npz`` with ``spikes``, ``(T, B, …)``, on which both are compared spike by spike,
            and potential by potential of neurons that do not fire.
        flavour: who will read it.
        dt_ms: duration of a step.
        written_by: how the writer steps its neurons.
        force: overwrite what is there.

    Raises:
        ExportError: naming the node that the reader has not, or if spikes differ, or something is there.
    """
    from neuroff.exchange.nir.write import write_nir  # needs h5py

    target = require_free(Path(out), ExportError, force=force)
    graph = read_nir(file, dt_ms=dt_ms, written_by=written_by)
    values = values_for(graph, read_spikes(data, graph.dt_ms), str(data))
    require_spikes(values, str(data))
    steps, samples = next(iter(values.values())).shape[:2]
    made = exchange_graph(graph, steps)
    if not runs_alike(graph, made, values):
        raise ExportError(
            "spikes or potentials that differ once numbers are folded into the weights",
            where=str(file),
            expected="the same spikes",
            fix="potentials meet thresholds exactly: move a threshold by a little",
        )
    write_nir(made, target, flavour)
    widths = (made.input.width, *(size(graph.nodes[name].outputs) for name in graph.populations))
    silent = [name for name, _ in made.named(Silent)]
    potentials = f"potentials of {', '.join(silent)} too, to {POTENTIALS_APART:g} of the largest"
    notes = (
        f"every spike of {samples} samples is that of the file",
        *([potentials] if silent else []),
        f"to be read by {flavour}",
        *set_right(made, flavour, target.name),
    )
    return Exported("nir", (target,), widths, None, notes)
