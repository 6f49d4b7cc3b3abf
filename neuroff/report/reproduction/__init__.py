"""The paper's tables and figures, drawn from what ``neuroff reproduce`` stored and from nothing else.

`tables.reproduction_tables`, `readings.readings_table` and `cost.cost_table` for the terminal,
`save.write_reproduction` for files. Only drawing loads matplotlib.
"""
