"""Loops over spikes, compiled by Numba: no tensors, no layers, only arrays.

A spike is a zero or a one, so a product of spikes and weights is a sum of the weights' rows where a spike is,
and a layer's time loop needs no array of currents:

``rows``       a sum of chosen rows, held in vector registers
``bits``       which of many bytes are not zero
``spiking``    which rows: where the ones of a block of spikes stand
``planes``     which rows, of spikes in planes: by place and by channel, pooled first
``membrane``   one step of integrate-and-fire neurons, for a row of neurons
``surrogate``  the surrogate derivatives of a row
``forward``    a whole presentation
``backward``   a gradient back through time, and into the weights
``windows``    both, behind a window that slides over planes
``values``     the same sums for values that are no spikes: what differs from a row's background
``rectified``  and for rectified ones of several presentations: what they share, and where neurons are silent
``threads``    one call over several threads

Arrays are C-contiguous; spikes are uint8, all else float32. `neuroff.core.engine` decides when these loops
are asked; the equations of `neuroff.core.neurons` stay the reference that they are tested against. Importing
a module of this room loads Numba. Arguments that kernels share are described once a module.
"""
