"""What the benchmarks' command lines have in common."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neuroff.errors import NeuroffError
from neuroff.files import write_json


def positive(text: str) -> int:
    """Read a positive number from the command line."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a positive number")
    return number


def benchmark_parser(module: str, description: str | None, examples: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the JSON object to a file")
    parser.add_argument(
        "--random-images", action="store_true", help="random images even where MNIST is found"
    )
    return parser


def finish(
    measure: Callable[[], dict[str, Any]],
    table: Callable[[dict[str, Any]], str],
    *,
    as_json: bool,
    out: Path | None,
) -> int:
    """Measure, print and write. Returns 0, 2 on bad input, 130 if interrupted."""
    try:
        result = measure()
        print(json.dumps(result, indent=1) if as_json else table(result))
        if out is not None:
            write_json(out, result)
    except NeuroffError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0
