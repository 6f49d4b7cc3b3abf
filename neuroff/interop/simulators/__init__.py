"""A ``.nir`` file in snnTorch, Norse, sinabs and SpikingJelly, and the spikes of every neuron there.

Each module loads a file that `neuroff.exchange.nir.write` wrote for its library with the library's own
importer. What that importer gets wrong is put right afterwards, piece by piece, and listed in
`Simulator.corrected`.
"""
