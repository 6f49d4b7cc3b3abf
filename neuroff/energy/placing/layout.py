"""Where cores lie: tiles on a grid, chips beside each other, and placements with few hops.

Chips with a grid of tiles are laid out as near to a square as their number allows, and hops go on from one
chip's grid to the next. Where a profile gives no grid, no hop is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroff.energy.placing.flows import Flow
from neuroff.energy.profile.chip import Topology

Whole = NDArray[np.int64]
Strategy = Literal["row_major", "hop_minimising"]

_MOST_SWAPPED = 256  # places; swapping costs their number cubed per round
_MOST_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Floor:
    """The places for cores.

    Attributes:
        kind: ``mesh`` or ``torus`` where there is a grid, ``none`` elsewhere.
        tiles_x: columns of tiles of a chip.
        tiles_y: rows of tiles of a chip.
        cores_per_tile: cores that share a tile.
        chips_x: columns of chips.
        chips_y: rows of chips.
    """

    kind: Literal["mesh", "torus", "none"]
    tiles_x: int = 1
    tiles_y: int = 1
    cores_per_tile: int = 1
    chips_x: int = 1
    chips_y: int = 1

    @property
    def columns(self) -> int:
        """Columns of tiles of all chips together."""
        return self.tiles_x * self.chips_x

    @property
    def rows(self) -> int:
        """Rows of tiles of all chips together."""
        return self.tiles_y * self.chips_y


@dataclass(frozen=True, eq=False)
class Sites:
    """Places of cores; entry i is the place of core i.

    Attributes:
        x: column of its tile among the tiles of all chips.
        y: row of its tile.
        chip: its chip.
        core: which of the cores of its tile it is.
    """

    x: Whole
    y: Whole
    chip: Whole
    core: Whole

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def __getitem__(self, index: Whole) -> Sites:
        return Sites(self.x[index], self.y[index], self.chip[index], self.core[index])


def floor_of(topology: Topology | None, chips: int) -> Floor:
    """Return the floor of a device with a number of chips."""
    if topology is None or topology.kind not in ("mesh", "torus"):
        return Floor("none")
    if topology.tiles_x_count is None or topology.tiles_y_count is None:
        return Floor("none")
    across = math.ceil(math.sqrt(chips))
    return Floor(
        topology.kind,
        topology.tiles_x_count,
        topology.tiles_y_count,
        topology.cores_per_tile_count or 1,
        across,
        -(-chips // across),
    )


def sites(
    floor: Floor, chip_of: Whole, flow: Sequence[Flow], strategy: Strategy, *, free: bool = True
) -> Sites:
    """Return the site of every core.

    ``row_major`` fills tiles row by row. ``hop_minimising`` starts from the better of row by row and a path
    that turns at the end of each row, and then swaps sites as long as that saves hops; where there are more
    than a few hundred sites it keeps the better path.

    Args:
        floor: the places.
        chip_of: chip of each core.
        flow: spikes between cores.
        strategy: how to choose.
        free: whether a core may move to another chip, and to a site that no core holds.
    """
    row_major = _path(floor, chip_of, turning=False)
    if strategy == "row_major" or floor.kind == "none":
        return row_major
    best = min(
        (row_major, _path(floor, chip_of, turning=True)), key=lambda found: hops_between(floor, found, flow)
    )
    if not free or len(best) > _MOST_SWAPPED:
        return best
    every = _all_sites(floor, int(chip_of.max()) + 1)
    held = {*zip(best.x.tolist(), best.y.tolist(), best.core.tolist(), strict=True)}
    named = zip(every.x.tolist(), every.y.tolist(), every.core.tolist(), strict=True)
    spare = np.array([number for number, site in enumerate(named) if site not in held], dtype=np.int64)
    return _swapped(floor, _joined(best, every[spare[: _MOST_SWAPPED - len(best)]]), flow, len(best))


def apart(floor: Floor, length: int) -> Whole:
    """Return the hops between every two of ``length`` rows or columns."""
    between = np.abs(np.arange(length)[:, None] - np.arange(length))
    shorter = np.minimum(between, length - between) if floor.kind == "torus" else between
    return np.asarray(shorter, dtype=np.int64)


def hops_between(floor: Floor, at: Sites, flow: Sequence[Flow]) -> float:
    """Return the hops of all spikes where each core gets its own packet; no matrix of cores is built."""
    total = 0.0
    for place, length in ((at.x, floor.columns), (at.y, floor.rows)):
        between = apart(floor, length)
        for part in flow:
            leaving = np.bincount(place[part.sources], part.spikes, length)
            arriving = np.bincount(place[part.targets], part.reached, length)
            total += float(leaving @ between @ arriving)
    return total


def _path(floor: Floor, chip_of: Whole, *, turning: bool) -> Sites:
    """Fill the tiles of each chip row by row; a path that turns comes back along every second row."""
    firsts = np.searchsorted(chip_of, chip_of)  # chips are numbered in the order of cores
    number = np.arange(len(chip_of)) - firsts
    if floor.kind == "none":
        return Sites(np.zeros_like(number), np.zeros_like(number), chip_of, number)
    # More cores than the grid has sites share its last tile; the limits say how many there are.
    tile = np.minimum(number // floor.cores_per_tile, floor.tiles_x * floor.tiles_y - 1)
    return _sites(floor, chip_of, tile, number % floor.cores_per_tile, turning=turning)


def _sites(floor: Floor, chip: Whole, tile: Whole, core: Whole, *, turning: bool) -> Sites:
    x, y = tile % floor.tiles_x, tile // floor.tiles_x
    column, row = chip % floor.chips_x, chip // floor.chips_x
    if turning:
        x = np.where(y % 2, floor.tiles_x - 1 - x, x)
        column = np.where(row % 2, floor.chips_x - 1 - column, column)
    return Sites(column * floor.tiles_x + x, row * floor.tiles_y + y, chip, core)


def _all_sites(floor: Floor, chips: int) -> Sites:
    on_chip = floor.tiles_x * floor.tiles_y * floor.cores_per_tile
    number = np.arange(min(chips * on_chip, 2 * _MOST_SWAPPED), dtype=np.int64)
    chip, within = number // on_chip, number % on_chip
    return _sites(floor, chip, within // floor.cores_per_tile, within % floor.cores_per_tile, turning=False)


def _joined(first: Sites, second: Sites) -> Sites:
    pairs = ((first.x, second.x), (first.y, second.y), (first.chip, second.chip), (first.core, second.core))
    return Sites(*(np.concatenate(pair) for pair in pairs))


def _matrix(size: int, flow: Sequence[Flow]) -> NDArray[np.float64]:
    """Spikes from core to core, there and back together."""
    between = np.zeros((size, size))
    for part in flow:
        np.add.at(between, (part.sources[:, None], part.targets), part.spikes[:, None] * part.reached)
    return np.asarray(between + between.T)


def _swapped(floor: Floor, at: Sites, flow: Sequence[Flow], cores: int) -> Sites:
    """Swap two sites at a time, the pair that saves most hops, until none saves any.

    The first ``cores`` sites are held, the others are free.
    """
    between = _matrix(len(at), flow)
    hops = apart(floor, floor.columns)[np.ix_(at.x, at.x)] + apart(floor, floor.rows)[np.ix_(at.y, at.y)]
    order = np.arange(len(at))
    for _ in range(_MOST_ROUNDS):
        here = hops[np.ix_(order, order)].astype(np.float64)
        cost = between @ here
        own = np.diagonal(cost)
        # What swapping i and j adds; the traffic between the two keeps its length.
        added = cost + cost.T - own[:, None] - own + 2 * between * here
        first, second = divmod(int(np.argmin(added)), len(at))
        if added[first, second] >= -1e-9 * max(1.0, float(own.sum())):
            break
        order[[first, second]] = order[[second, first]]
    return at[order[:cores]]
