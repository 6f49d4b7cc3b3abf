"""Networks that others trained in fixed point.

``integers`` is the arithmetic, ``quantise`` chooses the integers, ``agreement`` says what they cost, and
``program`` makes the chip program of a chain of layers.
"""
