"""HDF5 files of others as plain values, read within bounds and in a process of their own."""
