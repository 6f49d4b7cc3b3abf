"""What all pages share: templates, the look, and the one script, which sorts tables and unfolds for print."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from neuroff.report.sorting import sort_value
from neuroff.report.theme import dark_css

_SCRIPT: Final = "page.js"


def render_page(template: str, **values: Any) -> str:
    """Return a page that fetches nothing, and runs nothing but `templates/page.js`, by its digest.

    Args:
        template: its name in `templates`; it extends ``page.html.j2``.
        values: what it shows; words are escaped.
    """
    environment = Environment(
        loader=PackageLoader("neuroff.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sort_value"] = sort_value
    script = environment.get_template(_SCRIPT).render()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        script=script, script_digest=digest, figure_css=dark_css("figure svg"), **values
    )
