"""One presentation in plain Python integers, written from the definitions, sharing no code with neuroff.

Random numbers are handed in, in the order in which the chip's host hands them out.
"""

from __future__ import annotations

from collections.abc import Callable


def shift_down(value: int, bits: int, draw: Callable[[int], int]) -> int:
    """⌊(value + uniform) / 2^bits⌋"""
    return (value + draw(bits)) // 2**bits if bits else value


def toward_zero(value: int, divisor: int) -> int:
    return value // divisor if value >= 0 else -(-value // divisor)


def layer_spikes(
    inputs: list[list[int]], weight: list[list[int]], threshold: int, decay: int
) -> list[list[int]]:
    """inputs[t][j], weight[j][i] → spikes[t][i]."""
    neurons = len(weight[0])
    voltage = [0] * neurons
    sent = []
    for row in inputs:
        now = []
        for i in range(neurons):
            drive = sum(weight[j][i] for j, spike in enumerate(row) if spike)
            v = toward_zero(voltage[i] * (4096 - decay), 4096) + 64 * drive
            v = max(-(2**23) + 1, min(2**23 - 1, v))
            fired = v > 64 * threshold
            voltage[i] = 0 if fired else v
            now.append(int(fired))
        sent.append(now)
    return sent


def trace(
    spikes: list[list[int]], impulse: int, kept: int, bits: int, draws: Callable[[int, int], list[int]]
) -> list[int]:
    """A row of traces; ``draws(bits, count)`` gives the random numbers of one rounding."""
    count = len(spikes[0])
    values = [0] * count
    most = 2**bits - 1
    whole = impulse % 256 == 0
    for row in spikes:
        if kept < 4096:
            random = draws(12, count)
            values = [(v * kept + r) // 4096 for v, r in zip(values, random, strict=True)]
        random = [0] * count if whole and kept == 4096 else draws(8, count)
        added = [(impulse + r) // 256 for r in random]
        values = [min(v + a * s, most) for v, a, s in zip(values, added, row, strict=True)]
    return values


def goodness(spikes: list[list[int]], delay: int, squared: bool, shift: int) -> int:
    rows = spikes[: max(len(spikes) - delay, 0)]
    counts = [sum(row[i] for row in rows) for i in range(len(spikes[0]))]
    return sum(n * n for n in counts) // 2**shift if squared else sum(counts)


def modulator(collaborative: int, theta: int, slope: int, bits: int, positive: bool) -> int:
    distance = theta - collaborative if positive else collaborative - theta
    level: int = 2 ** (bits - 1) + distance // 2**slope
    most: int = 2**bits - 1
    unit: int = 2 ** (7 - bits)
    return max(0, min(most, level)) * unit


def synapse(
    weight: int, products: list[int], exponent: int, grid: int, low: int, high: int, random: int
) -> int:
    """One synapse; ``products`` are mantissa · x1 · y of each term."""
    total = 128 * weight
    for product in products:
        term = product // 8 * 2 ** (exponent + 7)
        total = max(-32769, min(32767, total + max(-32769, min(32767, term))))
    moved = (total + random) // (128 * grid) * grid
    return max(low, min(high, moved))
