"""One seed, many named and independent streams of random numbers.

Every stochastic step derives its own generator from ``(seed, purpose, …)``. Nothing has to be carried from
one step to the next, so a resumed run draws what an uninterrupted one draws, and the global generator of
PyTorch is never touched.
"""

from __future__ import annotations

import hashlib

import torch


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Return a 63-bit seed for one purpose.

    Args:
        seed: the seed of the whole run.
        purpose: names and counters that tell this stream from all others, such as ``"negatives", epoch``.

    Returns:
        A number below 2⁶³ that depends on every argument.
    """
    text = repr((int(seed), *purpose)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """Return a fresh CPU generator for one purpose; see `derive_seed`."""
    return torch.Generator().manual_seed(derive_seed(seed, *purpose))
