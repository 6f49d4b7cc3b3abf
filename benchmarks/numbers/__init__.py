"""Numbers in documents against the files that they come from: `python -m benchmarks.numbers`.

`claims` says what a number in a page is, `scanning` finds the numbers of a page, `checking` compares both,
`kept` reads docs/results, and `pages/` has a module for each page that states results.
"""
