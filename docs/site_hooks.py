"""Pages of the site that are made in its build: the gallery of examples/, the API, how to contribute.

`NEUROFF_GALLERY=code` shows the examples without running them.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "core", "config", "data", "training", "estimators", "counting", "energy", "convert", "chip", "hdf5",
    "exchange", "foreign", "interop", "kernels", "experiments", "results", "runs", "report", "errors",
)  # fmt: skip
_SHOWN_LINES = 40
_FETCHED = re.compile(r'<script src="https?://[^"]*"></script>')


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, and the figures of the gallery."""
    for path, content in made().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links to files beside docs/ lead to the page that shows them, or stay as their names."""
    depth = page.file.src_uri.count("/")
    up = "../" * depth

    def moved(found: re.Match[str]) -> str:
        text, target = found[1], found[2].removeprefix("../" * (depth + 1))
        known = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
        if target in known:
            return f"[{text}]({up}{known[target]})"
        if target.startswith("examples/"):
            return f"[{text}]({up}gallery.md#{Path(target).stem})"
        return f"{text} (`{target}`)"

    outside = re.compile(r"\[([^\]]*)\]\((" + re.escape("../" * (depth + 1)) + r"[^)#]*)[^)]*\)")
    return outside.sub(moved, markdown)


def on_post_page(output: str, **_: Any) -> str:
    """Leave out the one script that the theme would fetch: a stand-in for workers, for search in files."""
    return _FETCHED.sub("", output)


def on_post_template(output_content: str, **_: Any) -> str:
    """Likewise for the page of what is not found."""
    return _FETCHED.sub("", output_content)


def made() -> dict[str, str | bytes]:
    """Return the content of every page that is made, by its path."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").replace("](docs/", "](")
    pages: dict[str, str | bytes] = {"contributing.md": contributing, "api/index.md": _public_names()}
    for room in ROOMS:
        pages[f"api/{room}.md"] = f"# neuroff.{room}\n\n::: neuroff.{room}\n"
    return pages | _gallery()


def _public_names() -> str:
    """Return the page of the names that `import neuroff` gives, each with the room it lives in."""
    source = (ROOT / "neuroff" / "__init__.py").read_text(encoding="utf-8")
    homes: dict[str, str] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neuroff."):
            homes |= {alias.name: str(node.module) for alias in node.names}
    homes.pop("names_of", None)
    names = "\n".join(
        f"| `neuroff.{name}` | [{home}]({home.split('.')[1]}.md) |" for name, home in sorted(homes.items())
    )
    rooms = "\n".join(f"- [neuroff.{room}]({room}.md)" for room in ROOMS)
    return (
        "# API\n\nNames that `import neuroff` gives, loaded when they are first used:\n\n"
        f"| name | from |\n|---|---|\n{names}\n\nAll rooms of the package:\n\n{rooms}\n"
    )


def _gallery() -> dict[str, str | bytes]:
    """Return the gallery's page and its figures."""
    examples = sorted((ROOT / "examples").glob("*.py"))
    runs = os.environ.get("NEUROFF_GALLERY") != "code"
    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(_run, examples)) if runs else [("", {}) for _ in examples]
    parts = ["# Gallery\n\nThe scripts of `examples/`, and what they print on the embedded digits.\n"]
    pages: dict[str, str | bytes] = {}
    for path, (printed, figures) in zip(examples, shown, strict=True):
        code = path.read_text(encoding="utf-8")
        words = ast.get_docstring(ast.parse(code)) or ""
        title = words.partition("\n\n")[0].split(":")[0].rstrip(".")
        parts.append(f"## {' '.join(title.split())} {{#{path.stem}}}\n\n`examples/{path.name}`\n\n{words}\n")
        for name, content in figures.items():
            pages[f"gallery/{path.stem}-{name}"] = content
            parts.append(f"![{Path(name).stem} of {path.name}](gallery/{path.stem}-{name})\n")
        if printed:
            parts.append(f"```text\n{printed}\n```\n")
        parts.append(f'??? example "The code"\n\n    ```python\n{_indented(code)}\n    ```\n')
    return {"gallery.md": "\n".join(parts), **pages}


def _run(example: Path) -> tuple[str, dict[str, bytes]]:
    """Run an example where it finds no data, which makes it small; return what it printed and drew.

    Raises:
        RuntimeError: if it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        # One thread: examples run side by side, and threads that wait for each other wait for the others too.
        own = {"NEUROFF_DATA": f"{folder}/nothing", "PYTHONPATH": str(ROOT)}
        own |= {"COLUMNS": "100", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, str(example)],
            cwd=folder, capture_output=True, text=True, timeout=1200, check=False,
            env=os.environ | own,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{example.name} fails:\n{done.stderr[-2000:]}")
        drawn = sorted(Path(folder).rglob("*.svg"))[:1]
        lines = [line.rstrip().replace(folder, "FOLDER") for line in done.stdout.strip().split("\n")]
        more = [f"… and {len(lines) - _SHOWN_LINES} more lines"] if len(lines) > _SHOWN_LINES else []
        return "\n".join(lines[:_SHOWN_LINES] + more), {path.name: path.read_bytes() for path in drawn}


def _indented(code: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in code.rstrip().split("\n"))
