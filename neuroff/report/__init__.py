"""Tables, figures and pages made from what the experiments measured.

`tables.comparison_table` for the terminal, `save.write_figures` for files, `html.render_comparison` for one
page that holds everything. The figure functions are in `figures`; only drawing loads matplotlib.
"""
