"""Trained networks as files that simulators, chips and microcontrollers read.

`formats.export` writes one, `formats.register` adds a format from outside, `verifying.verify` compares a file
with its network spike by spike. `graph` holds the one graph that exporters read, with a reference of what it
computes; `nir`, `sanafe`, `c` and `netx` are the formats, `port` what becomes of a network on its way.
"""
