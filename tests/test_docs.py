"""Code and commands that the documentation shows run; its links and equations hold."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroff.cli.main import COMMANDS, app, run

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EITHER = re.compile(r"^```(python|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHOWN = re.compile(r"^```(?:bash|text)?\n(.*?)^```$|^ {4}(neuroff [^\n]*)$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(neuroff [^#\n]*)", re.MULTILINE)
TUTORIALS = tuple(f"docs/tutorials/{page.name}" for page in sorted((DOCS / "tutorials").glob("*.md")))
PAGES = (
    "README.md",
    "docs/estimators.md",
    "docs/index.md",
    "docs/networks.md",
    "docs/spiking.md",
    "docs/torch.md",
)
"""Those with Python of their own; docs/extending.md is made of tests, and tutorials run from end to end."""
EVERY = (
    "README.md",
    "CONTRIBUTING.md",
    *(str(page.relative_to(ROOT)) for page in sorted(DOCS.rglob("*.md"))),
)
NEEDS = dict.fromkeys(
    ("README.md", "docs/networks.md", "docs/spiking.md", "docs/tutorials/energy-of-my-network.md"), "snntorch"
) | {"docs/tutorials/own-data.md": "PIL", "docs/tutorials/own-recordings.md": "h5py"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def images() -> dict[str, object]:
    """What a page calls the reader's own arrays."""
    stream = np.random.default_rng(0)
    return {
        f"{part}_{what}": values
        for part, count in (("train", 60), ("test", 20))
        for what, values in (
            ("images", np.pad(stream.integers(0, 256, (count, 8, 8), np.uint8), ((0, 0), (4, 4), (4, 4)))),
            ("labels", np.arange(count) % 10),
        )
    }


@pytest.fixture
def needed(request: pytest.FixtureRequest) -> None:
    page = request.node.callspec.params["page"]
    if page in NEEDS:
        pytest.importorskip(NEEDS[page], reason=f"{NEEDS[page]} is not installed")


@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("page", PAGES)
def test_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = _PYTHON.findall(text_of(page))
    assert blocks
    monkeypatch.chdir(tmp_path)
    known = images()
    for block in blocks:
        exec(compile(block, page, "exec"), known)


@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("page", TUTORIALS)
def test_a_tutorial_runs_from_end_to_end(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Python in one process and its commands, in the order in which a reader meets them."""
    monkeypatch.chdir(tmp_path)
    known: dict[str, Any] = {}
    blocks = _EITHER.findall(text_of(page))
    assert {language for language, _ in blocks} & {"bash"}
    for language, block in blocks:
        with warnings.catch_warnings():
            # nirtorch's, of the call that snnTorch makes.
            warnings.filterwarnings("ignore", "nirtorch.extract_nir_graph", DeprecationWarning)
            if language == "python":
                exec(compile(block, page, "exec"), known)
                continue
        for command in commands_of(block):
            assert run(["-q", *command]) == 0, command


def commands_of(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every command of neuroff's in a text, but for lines that show a placeholder."""
    for command in _COMMAND.findall(text.replace("\\\n", " ")):
        for part in command.split(";"):
            words = shlex.split(part)
            if words[:1] == ["neuroff"] and len(words) > 1 and "…" not in part:
                yield words[1:]


@pytest.mark.parametrize("page", EVERY)
def test_commands_of_a_page_are_as_the_program_takes_them(page: str) -> None:
    """Every command, option and choice is there; what they do is tested elsewhere."""
    shown = "\n".join(block or line for block, line in _SHOWN.findall(text_of(page)))
    for words in commands_of(shown):
        if words[0] in COMMANDS:
            parsed(words[0], words[1:])
        else:
            assert words[0] in ("--install-completion", "--version", "-q", "-v"), words


def parsed(name: str, words: list[str]) -> None:
    """Let the program's own parser read the words.

    Raises:
        Exception: a usage error, which the test shows.
    """
    command: Any = COMMANDS[name].loaded()
    if hasattr(command, "get_command"):
        command, words = command.get_command(None, words[0]), words[1:]
        assert command is not None, name
    # `$THEN` and the like stand for settings.
    own = [word for word in words if not word.startswith("$")]
    command.make_context(name, own, resilient_parsing=False)


def test_the_parser_refuses_what_is_not_there() -> None:
    with pytest.raises(Exception, match="nonsense"):
        parsed("train", ["--nonsense"])
    assert app is not None


def test_every_page_with_python_is_run() -> None:
    with_code = {page for page in EVERY if _PYTHON.search(text_of(page))}
    assert with_code <= {*PAGES, *TUTORIALS, "docs/extending.md"}
    assert {*PAGES} <= with_code


def test_the_citation_is_of_this_version() -> None:
    package = tomllib.loads(text_of("pyproject.toml"))["project"]
    citation = text_of("CITATION.cff")
    assert f"\nversion: {package['version']}\n" in citation
    assert f"\nlicense: {package['license']}\n" in citation


@pytest.mark.parametrize("page", EVERY)
def test_files_that_a_page_links_to_are_there(page: str) -> None:
    links = re.findall(r"\]\(<?([^)#: >]+)(?:#[^)]*)?>?\)", text_of(page))
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    made_in_the_build = {"gallery.md", "contributing.md", "api/index.md"}
    assert set(missing) <= made_in_the_build


def test_every_equation_is_named_where_it_is_computed() -> None:
    """The numbers in docs/theory.md, in its table and in docstrings (`Theory: (5).`) are the same."""
    page = text_of("docs/theory.md")
    numbered = [int(number) for number in re.findall(r"^ {4,5}\((\d+)\)  ", page, re.MULTILINE)]
    assert numbered == list(range(1, len(numbered) + 1))
    table = {
        int(number): path
        for number, path in re.findall(r"^\| \((\d+)\) \| .* \| `(.+)` \|$", page, re.MULTILINE)
    }
    assert sorted(table) == numbered
    named: dict[int, str] = {}
    for path in sorted((ROOT / "neuroff").rglob("*.py")):
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for line in re.findall(r"^Theory: (.*)\.$", words, re.MULTILINE):
            for number in re.findall(r"\((\d+)\)", line):
                assert int(number) not in named, "one equation, one owner"
                named[int(number)] = str(path.relative_to(ROOT))
    assert named == table
