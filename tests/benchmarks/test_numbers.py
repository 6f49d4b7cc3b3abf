"""Every number of README and docs is the one in its file; what compares them sees what is wrong."""

import json
from pathlib import Path

import pytest

from benchmarks.numbers.__main__ import checked, main, table
from benchmarks.numbers.checking import check
from benchmarks.numbers.claims import cited, printed, say, setting
from benchmarks.numbers.kept import RESULTS, ROOT
from benchmarks.numbers.pages import PAGES
from benchmarks.numbers.scanning import stated

EVERY = ["README.md", "CONTRIBUTING.md", "benchmarks/README.md"]
EVERY += [str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_every_number_of_a_page_is_that_of_its_file(name: str) -> None:
    page = checked(name)
    assert page.wrong == ()
    assert page.unclaimed == ()


@pytest.mark.parametrize("name", sorted(set(EVERY) - set(PAGES)))
def test_a_page_without_statements_states_none(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [text[start:end] for start, end in stated(text)] == []


def test_the_kept_table_is_of_these_pages() -> None:
    """`python -m benchmarks.numbers --json docs/results/numbers.json` makes it anew."""
    kept = json.loads((RESULTS / "numbers.json").read_text(encoding="utf-8"))
    assert kept == table([checked(name) for name in PAGES])
    assert kept["numbers"] > 900


def test_files_that_statements_name_are_there() -> None:
    for name in PAGES:
        for claim in PAGES[name]():
            if claim.kind == "result":
                for file in claim.source.split(", "):
                    assert (RESULTS / file).exists() or (ROOT / file).exists(), claim


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FF has 98.11 ± 0.05 % in 6 s at T = 6.5", ["98.11", "0.05", "6"]),
        ("`98.11`, γ = 0.5, arXiv 2512.17531, snnTorch 1.0.0, 2 × 200, a 95 % interval, Python 3.11", []),
        ("+0.49 and −0.12 points, .17, 12,722,242 spikes", ["+0.49", "−0.12", ".17", "12,722,242"]),
        ("50,000 images in 784-500-500", []),
    ],
)
def test_what_a_statement_is(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in stated(text)] == found


def test_a_wrong_number_is_seen_with_what_stands_there() -> None:
    text = "FF has 98.11 %\nof the images."
    assert check("page", text, [say("FF has {} % of", "98.11", of="a.json")]).wrong == ()
    page = check("page", text, [say("FF has {} % of", "98.12", of="a.json")])
    assert len(page.wrong) == len(page.unclaimed) == 1
    assert "the page has 'FF has 98.11 % of'" in page.wrong[0]
    assert "»98.11«" in page.unclaimed[0]
    assert (
        check("page", text, [say("A-CFF has {} %", "98.11", of="a.json")])
        .wrong[0]
        .endswith("not in the page")
    )


def test_a_number_is_accounted_for_once_its_words_are() -> None:
    text = "they have 97.4 %, we aim at 98.7 %"
    assert len(check("page", text, []).unclaimed) == 2
    page = check("page", text, [cited("they have 97.4 %", "their paper"), setting("aim at 98.7 %")])
    assert (page.wrong, page.unclaimed) == ((), ())


def test_no_number_is_typed_into_a_statement() -> None:
    with pytest.raises(ValueError, match="typed"):
        say("FF has 98.11 %, A-CFF {}", "98.16", of="a.json")
    with pytest.raises(ValueError, match="1 values"):
        say("FF has {} and {}", "98.16", of="a.json")


def test_every_number_of_a_printed_line_is_a_value() -> None:
    assert printed("| FF γ 0.5 | 98.11 | |", "a.json").values == ("0.5", "98.11")


def test_the_command_keeps_its_table_and_nothing_that_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "numbers.json"
    assert main(["docs/protocol.md", "--json", str(out)]) == 0
    assert "docs/protocol.md: 4 numbers" in capsys.readouterr().out
    assert json.loads(out.read_text(encoding="utf-8"))["numbers"] == 4
    out.unlink()
    monkeypatch.setattr("benchmarks.numbers.__main__.PAGES", {"docs/protocol.md": lambda: ()})
    assert main(["--json", str(out)]) == 1
    assert "unaccounted for" in capsys.readouterr().out
    assert not out.exists()
