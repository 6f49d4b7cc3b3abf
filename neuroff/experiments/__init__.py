"""Experiments: several runs side by side, and what is looked at together."""
