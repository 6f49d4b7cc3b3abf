"""Measurements of neuroff against what one would write without it.

python -m benchmarks.dense      a training epoch and prediction at the paper's scale against textbook autograd
python -m benchmarks.spiking    a spiking training step against snnTorch and Norse

Every speed is a ratio: both sides run in turn in one process, and the median of the ratios counts. What else
the machine is doing then slows down both.
"""

import os

# As the command line has it; libraries that are compared as well.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
