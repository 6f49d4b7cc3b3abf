"""The energy report of one run: tables, figures, an HTML page and a Markdown page."""
