"""The energy report: count, price, tables, figures, an HTML page and a Markdown page.

`energy_report` (of any network) and `energy_report_of_run` make one, `energy_grids` are its tables,
`write_energy` writes it as a page.
"""
