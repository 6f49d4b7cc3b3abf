"""Draw the figures of porting from their result files.

    python -m benchmarks.porting_figures docs/results docs/figures

writes ``quantisation`` and ``fixed-point-limits`` as SVG and PNG.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from neuroff.errors import NeuroffError
from neuroff.files import read_json
from neuroff.report.porting import porting_figures
from neuroff.report.save import write_drawings
from neuroff.report.theme import themed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.porting_figures", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of porting.json and fixed-point-learning.json")
    parser.add_argument("figures", type=Path, help="folder to write to")
    given = parser.parse_args(arguments)
    try:
        results = [read_json(given.results / f"{name}.json") for name in ("porting", "fixed-point-learning")]
        with themed():
            for path in write_drawings(porting_figures(*results), given.figures):
                print(path)
    except NeuroffError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
