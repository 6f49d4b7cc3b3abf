"""Trained networks as graphs, and graphs as files that other simulators and chips read.

`graph` holds the one graph every exporter reads, `reference` says what it computes, step by step.
`from_network` makes a graph of a trained network; `fold` replaces its divisive normalisation by fixed gains
in the weights, which is what a chip can do. `nir_write` and `nir_read` keep a graph in a ``.nir`` file.
"""
