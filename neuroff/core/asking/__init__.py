"""How a network is asked about classes.

``protocol`` is what everyone else asks, ``label`` the paper's way, a label in the image; ``groups`` and
``random`` present an image once and read a goodness per class, ``mirrored`` presents its mirror image too.
``wrong`` draws the labels of negative data.
"""

from neuroff.core.asking.groups import GroupAsking
from neuroff.core.asking.label import LabelAsking, LabelPlace
from neuroff.core.asking.mirrored import MirroredAsking
from neuroff.core.asking.protocol import Asking, Question
from neuroff.core.asking.random import RandomAsking

__all__ = ["Asking", "GroupAsking", "LabelAsking", "LabelPlace", "MirroredAsking", "Question", "RandomAsking"]
