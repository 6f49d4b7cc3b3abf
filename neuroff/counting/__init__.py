"""Counting the work of a forward pass, exactly, layer by layer."""
