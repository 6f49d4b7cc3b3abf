"""neuroff's spiking neurons as those of other libraries, and theirs as neuroff's.

=========================================== ===============================================================
a snnTorch neuron as a layer's population   `snntorch_population`
a Norse cell as a layer's population        `norse_population`
any other differentiable neuron             `BorrowedPopulation`
a trained network as an ordinary module     `to_snntorch`, `to_norse`, fed by `presented_images`
a data set as PyTorch's ``Dataset``          `TorchImages`
one neuron, parameter by parameter          the modules ``snntorch`` and ``norse``
=========================================== ===============================================================

A population goes to ``neuroff.build_network(…, population=…)``, for all layers or, by index, for some.
The libraries are optional (``pip install 'neuroff[interop]'``) and are loaded when a function needs them.
What one side cannot express is refused by name; nothing is rounded to the nearest thing.
"""

from neuroff.interop.borrowed import BorrowedPopulation
from neuroff.interop.networks import to_norse, to_snntorch
from neuroff.interop.norse_population import norse_population
from neuroff.interop.snntorch_population import snntorch_population
from neuroff.interop.stack import NeuronStack, presented_images
from neuroff.interop.torch_data import TorchImages

__all__ = [
    "BorrowedPopulation",
    "NeuronStack",
    "TorchImages",
    "norse_population",
    "presented_images",
    "snntorch_population",
    "to_norse",
    "to_snntorch",
]
