"""A framework-neutral graph of a network, and its reference simulator."""
