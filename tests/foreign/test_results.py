"""The table of docs/networks.md against the results file that it says it is from."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.numbers.pages.networks import by_default
from neuroff.energy.profile.catalogue import list_profiles

DOCS = Path(__file__).parents[2] / "docs"


def test_every_number_of_the_table_is_the_files() -> None:
    rows = json.loads((DOCS / "results" / "networks.json").read_text(encoding="utf-8"))["networks"]
    text = (DOCS / "networks.md").read_text(encoding="utf-8")
    text = text[text.index("## Moving it to a chip") : text.index("## From one simulator")]
    lines = [
        line.split("|")[1:-1]
        for line in text.splitlines()
        if re.match(r"\| (snnTorch|Norse|Spiking|sinabs)", line)
    ]
    assert len(lines) == len(rows) == 12
    for cells, row in zip(lines, rows, strict=True):
        words = [cell.strip() for cell in cells]
        assert words[0].split()[0].lower() == row["network"].split()[0].rstrip(",")
        assert words[1] == row["network"].split(", ")[-1]
        assert words[2:8] == [
            f"{row['training_processor_seconds']:.0f}",
            f"{100 * row['accuracy']:.2f}",
            f"{100 * by_default(row):.2f}",
            f"{100 * row['accuracy_8_bits']:.2f}",
            f"{row['spikes']:.0f}",
            f"{row['synaptic_operations'] / 1000:.0f} k",
        ]
        assert words[8] == f"≥ {1e6 * row['energy_J']['loihi1-davies2018']['nominal']:.0f} µJ"
        assert row["emulator_gives_the_same_spikes"] is True
    for (
        row
    ) in rows:  # the bars: under two minutes each, at most 0.5 points at 8 bits, priced on every profile
        assert row["training_processor_seconds"] < 120
        assert row["accuracy"] - by_default(row) <= 0.005
        assert set(row["energy_J"]) == set(list_profiles())
