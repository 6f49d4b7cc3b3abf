"""How a network is asked about classes."""
