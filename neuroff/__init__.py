"""neuroff: Collaborative Forward-Forward learning, dense and spiking."""

from importlib import metadata

__version__ = metadata.version("neuroff")
