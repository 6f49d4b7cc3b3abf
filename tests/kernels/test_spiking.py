from __future__ import annotations

import numpy as np
import pytest

from neuroff.kernels.spiking import inputs_of_rows, room, rows_of_inputs


@pytest.mark.parametrize("inputs", [13, 64, 200])
@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_lists_say_where_the_ones_are(rate: float, inputs: int) -> None:
    steps, samples, first, last = 3, 9, 2, 7
    spikes = (np.random.default_rng(0).random((steps, samples, inputs)) < rate).astype(np.uint8)
    rows = (last - first) * steps
    start, chosen = np.empty(rows + 1, np.int64), np.empty(room(rows, inputs), np.int32)
    inputs_of_rows(spikes, first, last, start, chosen)
    block = spikes[:, first:last].swapaxes(0, 1).reshape(rows, inputs)
    for row in range(rows):
        assert chosen[start[row] : start[row + 1]].tolist() == np.flatnonzero(block[row]).tolist()
    of_input, rows_chosen = np.empty(inputs + 2, np.int64), np.empty_like(chosen)
    rows_of_inputs(start, chosen, rows, inputs, of_input, rows_chosen)
    for m in range(inputs):
        assert rows_chosen[of_input[m] : of_input[m + 1]].tolist() == np.flatnonzero(block[:, m]).tolist()
