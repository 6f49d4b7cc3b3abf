"""The page docs/extending.md, made of the tests beside this file.

python -m tests.extending.pages
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "extending.md"
ORDER = ("goodness", "neuron", "dataset", "installed", "asking", "synapses", "profile", "exporter", "column")
_HEAD = """# Extending neuroff

Each part below is written from outside the package, in one file, and runs as a test: this page is made of
the tests (`python -m tests.extending.pages`). `start` is a small run on the embedded digits, as
`neuroff.build` gives it (`tests/extending/conftest.py`).
"""


def page() -> str:
    """Return the page's text."""
    parts = [_HEAD]
    for name in ORDER:
        code = (HERE / f"test_{name}.py").read_text(encoding="utf-8")
        title, _, body = code.removeprefix('"""').partition('"""\n')
        heading, _, rest = title.strip().partition(":")
        words = f"{rest.strip()[:1].upper()}{rest.strip()[1:]}" if rest else ""
        parts.append(f"## {heading.strip().rstrip('.')}\n")
        if words:
            parts.append(f"{words}\n")
        parts.append(f"```python\n{body.strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
