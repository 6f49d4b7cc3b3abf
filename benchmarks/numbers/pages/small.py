"""Numbers of pages that state few: data, comparison, energy, index, limits, protocol, reliability."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.numbers.claims import Claim, cited, printed, say, setting
from benchmarks.numbers.kept import fixed, kept
from benchmarks.numbers.scanning import stated
from benchmarks.reliability import TABLES


def energy() -> Iterator[Claim]:
    """State the numbers of docs/energy.md."""
    of = "coefficients.json"
    read = kept(of)
    yield say(
        "Of {}, {} were read again in the source that the profile cites and {} in somebody else's copy "
        "of it; the sources of {} could",
        str(read["numbers"]),
        str(read["read_in_the_source"]),
        str(read["read_in_a_transcription"]),
        str(read["source_not_reached"]),
        of=of,
    )
    yield cited("of 8, 43 and 110 nJ an event, only 110 has", "Sharp et al. 2012; Stromatias et al. 2013")
    yield from _beside_measured()
    yield cited("0.15 to 1.7 (Dampfhoffer", "Dampfhoffer et al. 2023; Davidson and Furber 2021")
    yield cited(
        "differ by 1.5 to 2 (Loihi 23.6 or 35.5 pJ", "hardware_profiles: Davies et al. 2018; Parpart et al."
    )


def _beside_measured() -> Iterator[Claim]:
    of = "beside-measured.json"
    rows = kept(of)

    def ratios(profile: str, words: str, digits: int) -> list[str]:
        found = [
            row for row in rows if row["profile"] == profile and words in row["workload"] and row["held_out"]
        ]
        return [fixed(row["ratio"], digits) for row in found if row["ratio"] is not None]

    dense = ("cpu-blouw2018", "gpu-blouw2018", "jetson-tx1-blouw2018")
    yield say("sets {} published measurements beside the model", str(len(rows)), of=of)
    batched = [ratios(name, "batch 64", 0)[0] for name in dense]
    yield setting("taken from one network at batch 1,", "the batch of the measurement that gave the price")
    yield say("are {}, {} and {}\ntimes what", *batched, of=of)
    yield setting("the same network takes at batch 64,", "the batch of the measurement beside it")
    larger = [ratios(name, "ten copies", 1)[0] for name in dense[:2]]
    yield say("and {} and {} times what a larger one takes", *larger, of=of)
    yield say("TrueNorth at other voltages {} and {},", *ratios("truenorth-marginal", "20.0 Hz", 2), of=of)
    yield say("ODIN at a slow clock {},", *ratios("odin", "", 2), of=of)
    yield setting("a search on 32 Loihi chips", "what the search ran on")
    query = [ratios(name, "nearest", 2)[0] for name in ("loihi1-davies2018", "loihi1-sanafe")]
    yield say("Loihi chips {} (or {} by", *query, of=of)
    keyword = next(row for row in rows if "ten steps" in row["workload"] and "keyword" in row["workload"])
    yield say(
        "takes at most {} of what was measured", fixed(keyword["model_high"] / keyword["measured"], 2), of=of
    )
    yield cited("70 of its 81 mW", "Blouw et al. 2018, table and discussion")
    speck = [row for row in rows if row["profile"] == "speck"]
    ends = [row[end] / row["measured"] for row in speck for end in ("model_low", "model_high")]
    yield say("others by {} to {}.", fixed(min(ends), 2), fixed(max(ends), 1), of=of)
    for profile, words in (
        ("loihi2", "misses a small\ndense network by {} to {}"),
        ("akida1000", "Pi takes, by {} to {}"),
    ):
        row = next(row for row in rows if row["profile"] == profile and row["model_low"] is not None)
        yield say(
            words, *(fixed(row[end] / row["measured"], 2) for end in ("model_low", "model_high")), of=of
        )
    learned = next(row for row in rows if "CLP-SNN" in row["workload"])
    yield say("on Loihi 2 ({} mJ)", fixed(1e3 * learned["measured"], 2), of=of)
    assert sum(row["ratio"] is None and row["model_low"] is None for row in rows) == 11  # one and ten others


def data() -> Iterator[Claim]:
    """State the numbers of docs/data.md: sizes, of images and of files."""
    for words in (
        "28×28",
        "12 MB",
        "31 MB",
        "8×8",
        "21 MB",
        "562 MB",
        "3×32×32",
        "169 MB",
        "246 MB",
        "34×34, 315 ms",
        "128×128",
        "32×32, 6 s",
        "1.4 s",
        "tonic 1.7",
        "162 MB",
        "3 MB",
    ):
        yield setting(words, "a size as the data set's own page has it")
    yield setting("at most 512 MB of numbers a file", "the reader's bound")
    yield setting("at most 256 MB, all spikes together 8 GiB", "the reader's bounds")


def comparison() -> Iterator[Claim]:
    """State the numbers of docs/comparison.md: versions."""
    for words in (
        "**neuroff** 0.1",
        ") 1.0 |",
        ") 1.1 |",
        "after 1.1 |",
        ") 2.0 |",
        ") 0.3 |",
        ") 2.3 |",
        ") 2.2 |",
        ") 0.6 |",
        "below 0.22",
    ):
        yield setting(words, "a version on PyPI")


def protocol() -> Iterator[Claim]:
    """State the numbers of docs/protocol.md: the paper's settings."""
    yield cited("Adam at 0.03", "NetworkFF")
    yield cited("collaboration learning rate of 0.01", "NetworkFF")
    yield setting("| 0.5; 0.1 |", "the preset")


def own_data() -> Iterator[Claim]:
    """State the numbers of docs/tutorials/own-data.md, of which no file is kept."""
    for words in ("97.4 % right", "balanced 95.0 %"):
        yield setting(words, "what a user's run of the commands printed; the run was not kept")


def contributing() -> Iterator[Claim]:
    """State the numbers of CONTRIBUTING.md."""
    of = "pythons.json"
    found = kept(of)["pythons"]
    passed = [f"{row['passed']:,}" for row in found]
    skipped = [str(row["skipped"]) for row in found]
    others = [str(row["failed"] + row["errors"]) for row in found]
    yield say(
        "{}, {} and {} tests passed, {}, {} and {} were skipped, {}, {} and {} did not pass",
        *passed,
        *skipped,
        *others,
        of=of,
    )


def reliability() -> Iterator[Claim]:
    """State the rows of docs/reliability.md's tables, as `benchmarks.reliability` makes them."""
    for name, table in TABLES.items():
        of = f"{name}.json"
        yield from (printed(row, of) for row in table(kept(of)).splitlines() if stated(row))
