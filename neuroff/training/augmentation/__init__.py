"""Training images changed a little and at random, every time they are presented.

One file for each change; `images` says which of them an image goes through, and in which order. Every change
has its own stream of random numbers, so that one more leaves the others as they were. All labelled copies of
an image change alike, so they still differ in the label only. Evaluation and the choice of hard negatives see
images as they are.
"""

from neuroff.training.augmentation.images import augmented_stimulus, planes_to_move

__all__ = ["augmented_stimulus", "planes_to_move"]
