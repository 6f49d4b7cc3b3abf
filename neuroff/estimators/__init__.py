"""Networks as scikit-learn classifiers: ``fit``, ``predict``, ``predict_proba`` on any table of numbers.

``classifier`` has both, ``base`` what they share, ``making`` turns their arguments into a network and its
plan, ``scaling`` is how features reach a network, and ``saving`` the file without pickle.
"""

from neuroff.estimators.classifier import FFClassifier, SpikingFFClassifier

__all__ = ["FFClassifier", "SpikingFFClassifier"]
