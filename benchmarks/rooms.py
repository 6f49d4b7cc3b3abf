"""The rooms of neuroff: which package may import which, checked, counted and drawn from one table.

    python benchmarks/rooms.py [--source TREE] [--svg FILE]

prints the rooms, floors and arrows (a room imports from another) of a tree, and draws the table. The test of
the architecture holds every import to this table, and ``docs/figures/rooms.svg`` is its picture.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).resolve().parent.parent

FLOORS: tuple[tuple[str, ...], ...] = (
    ("choices", "decimals", "errors", "json_text", "lazily", "shown"),
    ("checks", "claims", "rng", "device", "named_tensors", "provenance", "kernels"),
    ("files",),
    ("hdf5",),
    ("core", "data", "energy", "results"),
    ("config", "interop"),
    ("training", "convert"),
    ("counting", "chip", "runs"),
    ("exchange",),
    ("experiments", "foreign"),
    ("report",),
    ("cli", "estimators"),
    ("__main__",),
)
"""From the ground up. A module imports modules of lower floors; rooms of one floor never each other."""

WITHIN: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "core": (
            ("checks", "goodness", "loss", "pixels", "readout", "signal"),
            ("collaboration", "neurons", "synapses"),
            ("coupling",),
            ("eligibility", "layer"),
            ("combining", "module", "rules"),
            ("asking", "engine"),
            ("architecture", "encoding", "network"),
            ("flight", "inputs", "lockstep", "scores"),
            ("plan", "together"),
            ("memory",),
        ),
        "data": (
            ("numpy_files",),
            ("idx", "file_rows", "pairs", "published"),
            ("checks",),
            ("binning", "catalog", "dataset", "location"),
            ("digits", "overwriting", "registry", "sensor", "store"),
            ("archives", "download", "installed", "own", "spoken"),
            ("sets",),
            ("api", "progress"),
        ),
        "energy": (
            ("units", "vocabulary"),
            ("counts", "profile"),
            ("work",),
            ("placing",),
            ("pricing",),
        ),
        "chip": (
            ("arrays", "checks", "compensation", "numbers", "windows"),
            ("moments", "neurons", "synapses"),
            ("layer",),
            ("network", "reach", "readout", "scales", "start", "windows_file"),
            ("learning", "model"),
            ("deploy", "quantise", "tune"),
            ("bits", "limits", "program", "report"),
            ("file",),
        ),
        "exchange": (
            ("c", "graph", "plain", "sanafe"),
            ("told", "verdict"),
            ("nir",),
            ("netx_planes",),
            ("netx_own",),
            ("netx",),
            ("port",),
            ("files_read", "losing", "priced"),
            ("writers",),
            ("formats", "verifying"),
        ),
        "foreign": (
            ("convention",),
            ("nodes",),
            ("graph",),
            ("modules", "running", "spikes", "unrolling", "ways"),
            ("counting", "heights", "of_module"),
            ("differing", "fixed", "rates", "reading", "work"),
            ("as_exchange", "rate_twin"),
            ("targets",),
            ("converting", "porting"),
        ),
        "interop": (
            ("borrowed", "checks", "library", "spike", "stack", "torch_data"),
            ("norse_population", "norse_surrogate", "simulators", "snntorch", "snntorch_population"),
            ("norse",),
            ("networks",),
        ),
        "report": (
            ("captions", "grid", "hover", "printed", "sorting", "theme"),
            ("formats", "heat", "lines", "neurons", "placing", "summary", "svg"),
            ("bars", "cells", "confusion_map", "curves", "energy_section", "frontier", "porting", "raster"),
            ("comparison_grids", "page", "tables", "traces"),
            ("comparison_sheets", "html"),
            ("figures",),
            ("save",),
            ("confusion", "energy", "reproduction", "studies"),
        ),
        "training": (
            ("augmentation", "confusion", "dropout", "optimiser", "step", "warnings"),
            ("looking_back", "team"),
            ("side_by_side",),
            ("evaluate",),
            ("fitting", "negatives", "online", "state", "window"),
            ("callbacks", "epoch", "local", "progress", "ranks", "recorded"),
            ("loop", "restoring"),
        ),
    }
)
"""The same inside the rooms that have rooms of their own."""

SAYS: Mapping[str, str] = MappingProxyType(
    {
        "kernels": "loops over spikes",
        "core": "networks and how they learn",
        "hdf5": "files of others, apart",
        "data": "data sets",
        "energy": "profiles, placing, pricing",
        "results": "one class a kind",
        "config": "settings → network, plan",
        "interop": "other libraries",
        "training": "the loop",
        "convert": "dense → spikes",
        "counting": "operations",
        "chip": "fixed point",
        "runs": "folders, grids",
        "exchange": "NIR, netx, SANA-FE, C",
        "experiments": "compare, reproduce, sweeps",
        "foreign": "networks of others",
        "report": "tables, figures, pages",
        "cli": "commands",
    }
)


def modules(root: Path) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Yield every module of a package but its own ``__init__``: its parts below the package, and its file."""
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts != ("__init__",):
            yield parts, path


def imports_of(path: Path) -> Iterator[str]:
    """Yield every module imported anywhere in a file, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def wrong_arrows(root: Path) -> list[str]:
    """Return the imports that do not point down, in words."""
    outer = _floor_of(FLOORS)
    inner = {room: _floor_of(floors) for room, floors in WITHIN.items()}
    wrong = []
    for parts, path in modules(root):
        for imported in imports_of(path):
            target = imported.split(".")
            if target[0] != root.name or len(target) == 1:
                continue
            if target[1] != parts[0]:
                allowed = outer[target[1]] < outer[parts[0]]
            elif parts[0] in inner and len(target) > 2 and len(parts) > 1 and parts[1] != "__init__":
                floors = inner[parts[0]]
                allowed = target[2] == parts[1] or floors[target[2]] < floors[parts[1]]
            else:
                continue
            if not allowed:
                wrong.append(f"{path.relative_to(root)} imports {imported}")
    return wrong


def arrows(root: Path) -> set[tuple[str, str]]:
    """Return which room imports from which other."""
    found = set()
    for parts, path in modules(root):
        for imported in imports_of(path):
            target = imported.split(".")
            if target[0] == root.name and len(target) > 1 and target[1] != parts[0]:
                found.add((parts[0], target[1]))
    return found


def floors_needed(edges: set[tuple[str, str]], rooms: Sequence[str]) -> int:
    """Return how many floors rooms take, each above all it imports; 0 if they import in a circle."""
    height = dict.fromkeys(rooms, 1)
    for _ in rooms:
        moved = False
        for above, below in edges:
            if height[above] <= height[below]:
                height[above], moved = height[below] + 1, True
        if not moved:
            return max(height.values())
    return 0


def drawing() -> str:
    """Return the table as an SVG: floors from the ground up, lower floors further down."""
    width, room_height, gap, left = 860, 44, 14, 24
    floors = [floor for floor in reversed(FLOORS) if floor != ("__main__",)]
    height = len(floors) * (room_height + gap) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<style>text{fill:#222}.s{fill:#666}rect{fill:#eef3fa;stroke:#4b74a8}.g{fill:#f4f1e8;stroke:#9a8b5f}"
        "@media(prefers-color-scheme:dark){text{fill:#eee}.s{fill:#aaa}rect{fill:#223044}.g{fill:#2e2b22}}"
        "</style>",
    ]
    for row, floor in enumerate(floors):
        top = 12 + row * (room_height + gap)
        share = (width - 2 * left - 60 - gap * (len(floor) - 1)) / len(floor)
        out.append(f'<text class="s" x="{left}" y="{top + 27}" font-size="12">{len(floors) - row}</text>')
        for column, name in enumerate(floor):
            x = left + 30 + column * (share + gap)
            ground = ' class="g"' if len(floors) - row <= 2 else ""
            out.append(
                f'<rect{ground} x="{x:.1f}" y="{top}" width="{share:.1f}" height="{room_height}" rx="5"/>'
            )
            middle, text = x + share / 2, SAYS.get(name)
            shift = 18 if text else 27
            out.append(
                f'<text x="{middle:.1f}" y="{top + shift}" font-size="{_fitting(name, 14, share)}" '
                f'text-anchor="middle">{name}</text>'
            )
            if text:
                out.append(
                    f'<text class="s" x="{middle:.1f}" y="{top + 35}" '
                    f'font-size="{_fitting(text, 11, share)}" text-anchor="middle">{text}</text>'
                )
    out.append(
        f'<text class="s" x="{left}" y="{height - 10}" font-size="12">Imports point down: a room knows only '
        "rooms of lower floors.</text></svg>"
    )
    return "\n".join(out) + "\n"


def _fitting(text: str, size: int, width: float) -> int:
    """Return a size of letters, at most the one that is wanted, at which a text stays within a box."""
    return min(size, int((width - 8) / (0.62 * len(text))))


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--source", type=Path, default=HERE, help="tree to count")
    parser.add_argument("--svg", type=Path, help="file to draw the table to")
    chosen = parser.parse_args(arguments)
    root = chosen.source / "neuroff"
    edges, rooms = arrows(root), sorted({parts[0] for parts, _ in modules(root)})
    floors = floors_needed(edges, rooms)
    print(f"{len(rooms)} rooms, {floors or 'no'} floors, {len(edges)} arrows")
    if chosen.svg is not None:
        chosen.svg.parent.mkdir(parents=True, exist_ok=True)
        chosen.svg.write_text(drawing(), encoding="utf-8")
    return 0


def _floor_of(floors: Sequence[Sequence[str]]) -> dict[str, int]:
    return {name: level for level, names in enumerate(floors) for name in names}


if __name__ == "__main__":
    sys.exit(main())
