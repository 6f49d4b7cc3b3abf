"""How a network is asked about classes.

``protocol`` is what everyone else asks, ``label`` the paper's way: a label in the image. ``wrong`` draws the
labels of negative data.
"""

from neuroff.core.asking.label import LabelAsking, LabelPlace
from neuroff.core.asking.protocol import Asking, Question

__all__ = ["Asking", "LabelAsking", "LabelPlace", "Question"]
