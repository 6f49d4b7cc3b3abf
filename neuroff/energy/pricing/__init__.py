"""Counts times coefficients: energy, time, learning, and what a profile cannot price."""
