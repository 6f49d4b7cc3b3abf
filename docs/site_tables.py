"""Tables of docstrings, as they stand in the code, shown as they stand in the API pages."""

from __future__ import annotations

import re
from typing import Any

import griffe

_RULE = re.compile(r"^ *=+(?: +=+)+ *$")


class TablesAsTheyAre(griffe.Extension):
    """Fences every simple reStructuredText table, which Markdown would take for headings."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite an object's docstring."""
        if obj.docstring is not None and "==" in obj.docstring.value:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """Return a text with its tables between fences: from the first to the last of three rules."""
    lines: list[str] = []
    rules = 0
    for line in text.split("\n"):
        is_rule = bool(_RULE.match(line))
        if is_rule and rules == 0:
            lines.append("```text")
        lines.append(line)
        rules += is_rule
        if is_rule and rules == 3:
            lines.append("```")
            rules = 0
    return "\n".join(lines + ["```"] * bool(rules))
