"""Numbers of docs/convolution.md."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, cited, say
from benchmarks.numbers.kept import kept, percent, plus_minus
from benchmarks.numbers.pages.readme import groups


def claims() -> Iterator[Claim]:
    """State the page's numbers."""
    of = "convolution.json"
    found = kept(of)["runs"][0]["accuracy"]
    yield say("Fashion-MNIST {} % ({} held out)", percent(found["test"]), percent(found["held_out"]), of=of)
    found = kept(of)["runs"][1]["accuracy"]
    yield say("epochs: {} % ({} held out)", percent(found["test"]), percent(found["held_out"]), of=of)
    dense = plus_minus(groups("dense-fashion-mnist-all-images")).partition(" ")[0]
    yield say("groups on dense layers have {} %", dense, of="groups.json")
    yield cited("93.41 (ASGE), 92.31 (CwComp)", "the papers' own tables")
