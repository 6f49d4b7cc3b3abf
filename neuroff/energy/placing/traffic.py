"""Packets, hops and link loads of a placed network, per sample.

Packets go first along x, then along y. Between two layers traffic is n numbers times m numbers
(`neuroff.energy.placing.flows`), so the load of every link follows from running sums over the grid: a link to
the right carries what leaves the tiles left of it in its row, times the cores reached right of it. Hops are
the sum over the links. That is exact on a mesh, and no matrix of cores is built.

Unicast sends one packet per core reached, also to the core a spike comes from. Multicast sends one packet
that branches: it goes along its row as far as any core is reached, and up or down each such column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.counts import Counts
from neuroff.energy.placing.flows import Flow, flows, reached
from neuroff.energy.placing.layout import Floor, Sites, apart
from neuroff.energy.placing.placement import Placement
from neuroff.energy.profile.chip import Topology
from neuroff.energy.work import NetworkWork

Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What travels between cores, per sample.

    Attributes:
        packets: packets sent by neurons.
        arrivals: packets that cores look up, those from outside the chip included.
        intra_tile: packets that reach a core of the tile they come from.
        hops_x: tile-to-tile hops along x.
        hops_y: the same along y.
        chip_crossings: hops from chip to chip.
        busiest_x: packets over the busiest link along x; 0 where links are not known.
        busiest_y: the same along y.
        packet_bit: bits of a packet; None where not stated.
        sent_by: packets that each core sends.
        received_by: packets that each core looks up.
    """

    packets: float
    arrivals: float
    intra_tile: float
    hops_x: float
    hops_y: float
    chip_crossings: float
    busiest_x: float
    busiest_y: float
    packet_bit: int | None
    sent_by: tuple[float, ...]
    received_by: tuple[float, ...]

    def counts(self) -> Counts:
        """Return the traffic as counts; bits only where the size of a packet is known."""
        counted = {
            "packets": self.packets,
            "axon_lookups": self.arrivals,
            "intra_tile_packets": self.intra_tile,
            "hops_x": self.hops_x,
            "hops_y": self.hops_y,
        }
        if self.packet_bit is not None:
            # A packet passes the router of the tile it starts from and one more per hop.
            counted["router_bits"] = (self.packets + self.hops_x + self.hops_y) * self.packet_bit
            counted["chip_link_bits"] = self.chip_crossings * self.packet_bit
        return Counts(counted)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without the single cores."""
        return {
            "packets": self.packets,
            "axon_lookups": self.arrivals,
            "intra_tile_packets": self.intra_tile,
            "hops_x": self.hops_x,
            "hops_y": self.hops_y,
            "chip_crossings": self.chip_crossings,
            "hops_per_packet": (self.hops_x + self.hops_y) / self.packets if self.packets else 0.0,
        }


def traffic(work: NetworkWork, placement: Placement, topology: Topology | None) -> Traffic:
    """Return the traffic of a placed network.

    Args:
        work: the network and its spikes.
        placement: a placement that fits.
        topology: of the device.
    """
    multicast = topology is not None and topology.multicast is True
    floor, at, cores = placement.floor, placement.sites, placement.cores
    sent_by, received_by = np.zeros(cores), np.zeros(cores)
    packets = intra = hops_x = hops_y = crossings = 0.0
    right = left = np.zeros((floor.rows, floor.columns - 1))
    down = up = np.zeros((floor.rows - 1, floor.columns))
    for flow in flows(work, placement.slices):
        copies = min(float(flow.reached.sum()), 1.0) if multicast else float(flow.reached.sum())
        np.add.at(sent_by, flow.sources, flow.spikes * copies)
        np.add.at(received_by, flow.targets, flow.reached * flow.spikes.sum())
        packets += float(flow.spikes.sum()) * copies
        if floor.kind == "none":
            continue
        leaving, arriving = _grids(floor, at, flow)
        intra += float((leaving * arriving).sum())
        if floor.kind == "torus":
            across, along, over = _wrapped(floor, at, flow)
            hops_x, hops_y, crossings = hops_x + across, hops_y + along, crossings + over
            continue
        loads = _loads(leaving, arriving, multicast)
        right, left, down, up = (a + b for a, b in zip((right, left, down, up), loads, strict=True))
    _from_outside(work, placement, received_by)
    along_x, along_y = right + left, down + up
    hops_x, hops_y = hops_x + float(along_x.sum()), hops_y + float(along_y.sum())
    crossings += float(along_x[:, floor.tiles_x - 1 :: floor.tiles_x].sum())
    crossings += float(along_y[floor.tiles_y - 1 :: floor.tiles_y].sum())
    return Traffic(
        packets=packets,
        arrivals=float(received_by.sum()),
        intra_tile=intra,
        hops_x=hops_x,
        hops_y=hops_y,
        chip_crossings=crossings,
        busiest_x=_most(right, left),
        busiest_y=_most(down, up),
        packet_bit=topology.packet_bit if topology is not None else None,
        sent_by=tuple(sent_by.tolist()),
        received_by=tuple(received_by.tolist()),
    )


def _from_outside(work: NetworkWork, placement: Placement, received_by: NDArray[np.float64]) -> None:
    """Add the lookups of spikes that enter layers from outside the chip."""
    for index, (layer, entering) in enumerate(zip(work.layers, work.entering, strict=True)):
        if layer.events and entering:
            parts = placement.slices.of(index)
            np.add.at(received_by, parts.core, entering * reached(layer, parts))


def _grids(floor: Floor, at: Sites, flow: Flow) -> tuple[Grid, Grid]:
    """Return the spikes that leave each tile, and the cores reached on each, ``(rows, columns)``."""
    tile = at.y * floor.columns + at.x
    size, shape = floor.rows * floor.columns, (floor.rows, floor.columns)
    leaving = np.bincount(tile[flow.sources], flow.spikes, size).reshape(shape)
    arriving = np.bincount(tile[flow.targets], flow.reached, size).reshape(shape)
    return np.asarray(leaving, dtype=np.float64), np.asarray(arriving, dtype=np.float64)


def _loads(leaving: Grid, arriving: Grid, multicast: bool) -> tuple[Grid, Grid, Grid, Grid]:
    """Return the packets over the links to the right, left, down and up."""
    # What a link carries per spike: one packet for each core beyond it, or one if there is any. The chance
    # of any is one minus the product of the chances of none; cores of a tile count as one core.
    none = np.log1p(-np.minimum(arriving, 1 - 1e-15)) if multicast else arriving
    per_column = none.sum(0)
    ahead, behind = _beyond(per_column), _before(per_column)
    further, nearer = _beyond(none), _before(none)
    if multicast:
        ahead, behind, further, nearer = (-np.expm1(part) for part in (ahead, behind, further, nearer))
    rows = leaving.sum(1)
    right = leaving.cumsum(1)[:, :-1] * ahead
    left = leaving[:, ::-1].cumsum(1)[:, ::-1][:, 1:] * behind
    # Along a column: what turned into it from all rows on this side of the link.
    down = rows.cumsum()[:-1, None] * further
    up = rows[::-1].cumsum()[::-1][1:, None] * nearer
    return right, left, down, up


def _before(amounts: Grid) -> Grid:
    """Sums up to each link along the first axis."""
    return np.asarray(amounts.cumsum(0)[:-1])


def _beyond(amounts: Grid) -> Grid:
    """Sums from behind each link along the first axis."""
    return np.asarray(amounts[::-1].cumsum(0)[::-1][1:])


def _wrapped(floor: Floor, at: Sites, flow: Flow) -> tuple[float, float, float]:
    """Return hops along x and y and crossings of chips on a torus, by the shorter way round."""
    totals = []
    for place, length, chip in ((at.x, floor.columns, floor.tiles_x), (at.y, floor.rows, floor.tiles_y)):
        chips = np.abs(np.arange(length)[:, None] // chip - np.arange(length) // chip)
        chips = np.minimum(chips, -(-length // chip) - chips)
        leaving = np.bincount(place[flow.sources], flow.spikes, length)
        arriving = np.bincount(place[flow.targets], flow.reached, length)
        totals.append((float(leaving @ apart(floor, length) @ arriving), float(leaving @ chips @ arriving)))
    return totals[0][0], totals[1][0], totals[0][1] + totals[1][1]


def _most(*loads: Grid) -> float:
    return max((float(load.max()) for load in loads if load.size), default=0.0)
