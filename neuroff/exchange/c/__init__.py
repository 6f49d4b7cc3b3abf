"""A C program of a network on the chip."""
