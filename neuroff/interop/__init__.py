"""neuroff's spiking neurons as those of other libraries, and theirs as neuroff's.

Each module maps `neuroff.spiking.LIF` to one library and back, and runs that library's neuron over a current.
The libraries are optional (``pip install 'neuroff[interop]'``) and are loaded when a function needs them.
What one side cannot express is refused by name; nothing is rounded to the nearest thing.
"""
