"""Every number of README and docs against the file that it comes from.

    python -m benchmarks.numbers [--json FILE] [PAGE ...]

prints, page by page, the numbers that differ from their files and those that nothing accounts for, and ends
with 1 if there are any. `--json docs/results/numbers.json` keeps the table of all.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.numbers.checking import Page, check
from benchmarks.numbers.kept import ROOT
from benchmarks.numbers.pages import PAGES
from neuroff.files import write_json


def checked(name: str) -> Page:
    """Return what became of a page."""
    return check(name, (ROOT / name).read_text(encoding="utf-8"), list(PAGES[name]()))


def table(pages: Sequence[Page]) -> dict[str, Any]:
    """Return the table that is kept: for each page its numbers, and where each comes from."""
    return {
        "rule": "twelve significant digits, then once, half away from zero (neuroff.decimals)",
        "numbers": sum(page.stated for page in pages),
        "pages": {
            page.name: {
                "numbers": page.stated,
                "claims": dict(sorted(Counter(claim.kind for claim in page.agreeing).items())),
                "rows": [
                    {
                        "words": " ".join(claim.words.split()),
                        "values": list(claim.values),
                        "kind": claim.kind,
                        "from": claim.source,
                    }
                    for claim in page.agreeing
                ],
            }
            for page in pages
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is wrong, and keep the table if a file is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="all, unless named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the table, if nothing is wrong")
    chosen = parser.parse_args(arguments)
    pages = [checked(name) for name in PAGES if not chosen.pages or name in chosen.pages]
    wrong = 0
    for page in pages:
        print(f"{page.name}: {page.stated} numbers, {len(page.agreeing)} statements agree")
        for line in page.wrong:
            print("  differs:", line)
        for line in page.unclaimed:
            print("  unaccounted for:", line)
        wrong += len(page.wrong) + len(page.unclaimed)
    if chosen.json is not None and not wrong:
        write_json(chosen.json, table(pages))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
