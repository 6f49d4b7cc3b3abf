"""Modules of other libraries as graphs: ``known`` says which, ``watching`` how they are put together."""
