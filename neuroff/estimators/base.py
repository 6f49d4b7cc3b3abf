"""What dense and spiking classifiers share: scikit-learn's interface over neuroff's own trainer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from neuroff.choices import ChipReset, Flavour
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.neurons.population import Population
from neuroff.core.plan import Plan
from neuroff.core.scores import class_scores
from neuroff.estimators.making import Recipe, inputs_of, new_network, plan_of
from neuroff.estimators.saving import load_estimator, save_estimator
from neuroff.estimators.scaling import Scaling
from neuroff.training import train
from neuroff.training.evaluate import chunk_rows
from neuroff.training.state import TrainingState, initial_state


class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier; a subclass says which neurons it has and what its arguments make."""

    def _population(self) -> Population:
        raise NotImplementedError

    def _recipe(self) -> Recipe:
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows ``(B, D)`` with classes ``(B,)``.

        Args:
            X: numbers: arrays, frames, or sparse matrices, which are made dense.
            y: classes of any kind, at least two.
            sample_weight: ``(B,)``; a row of weight w counts like w rows.

        Raises:
            ValueError: naming what cannot be learned from.
        """
        X, y, weight = self._checked(X, y, sample_weight, reset=True)
        self.classes_, encoded = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"{type(self).__name__} needs 2 classes or more; y has 1 class")
        self._start(X, weight)
        self._train(X, encoded, weight, epochs=self.max_iter, cosine=True)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Go on with one epoch over some rows; the first ones set the scale of the features.

        Args:
            X: see `fit`.
            y: see `fit`.
            classes: all classes; needed by the first call.
            sample_weight: see `fit`.

        Raises:
            ValueError: naming what cannot be learned from.
        """
        first = not hasattr(self, "network_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        X, y, weight = self._checked(X, y, sample_weight, reset=first)
        if first:
            self.classes_ = np.unique(classes)
            if len(self.classes_) < 2:
                raise ValueError(f"{type(self).__name__} needs 2 classes or more; classes has 1 class")
            self._start(X, weight)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes={classes} is not what the first call to partial_fit was given")
        self._train(X, self._encoded(y), weight, epochs=1, cosine=False)
        return self

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the goodness of every class, summed over layers, ``(B, K)``.

        Of two classes it is the second's less the first's, ``(B,)``.
        """
        scores = self._goodness(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Return ``(B, K)``: softmax of the classes' mean goodness over layers, as sharp as in training."""
        scores = torch.from_numpy(self._goodness(X))
        sharp = self.steepness / len(self.network_.layers)
        found: npt.NDArray[np.float64] = torch.softmax(sharp * scores, 1).numpy()
        return found

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the class of every row, ``(B,)``."""
        best = self._goodness(X).argmax(1)
        found: npt.NDArray[Any] = self.classes_[best]
        return found

    def inputs(self, X: Any, y: Any = None) -> Inputs:
        """Return rows as `neuroff.accuracy`, `neuroff.count_activity` and others take them.

        Args:
            X: rows ``(B, D)``.
            y: their classes; the predicted ones where they are not given.

        Raises:
            ValueError: if there are other classes, or not one a row.
        """
        check_is_fitted(self, "network_")
        rows = self._rows(X)
        labels = self.predict(X) if y is None else column_or_1d(y)
        check_consistent_length(rows, labels)
        return inputs_of(self.network_, self.scaling_.shares(rows), self._encoded(labels))

    def energy(self, profile: str | Sequence[str] = "all", *, X: Any, name: str = "classifier") -> Any:
        """Return the energy of a prediction on hardware, as `neuroff.energy_report` does.

        Args:
            profile: names or files of hardware profiles, or ``all``.
            X: rows whose predictions are counted.
            name: of the network, in tables.
        """
        from neuroff.report.energy.making import energy_report

        rows = self.inputs(X)
        chosen = [profile] if isinstance(profile, str) else list(profile)
        return energy_report(self.network_, Split(rows, rows.head(0), rows), chosen, name=name)

    def export(
        self,
        to: str,
        out: Any,
        *,
        X: Any,
        y: Any = None,
        bits: int | None = None,
        flavour: Flavour | None = None,
        spikes: bool = False,
        chip_reset: ChipReset | None = None,
        force: bool = False,
    ) -> Any:
        """Write the network for a simulator or chip, as `neuroff.export` does.

        Features arrive as shares of their range in the training rows.

        Args:
            to: name of a format.
            out: file to write.
            X: rows ``(B, D)`` on which fixed gains and integer scales are chosen, and work is counted.
            y: their classes ``(B,)``; without them the notes say how many rows keep the class that the
                classifier gives them, and not how many are right.
            bits: of a weight, where the format has integers.
            flavour: who will read a NIR file, such as snntorch or sinabs.
            spikes: features arrive as spikes, not as one volley of graded spikes.
            chip_reset: what the device's neurons can do at a spike, rest or subtract.
            force: overwrite what is there.

        Raises:
            ConfigError: if there is no such format, or an option is another format's.
            ExportError: if the format cannot express the network, or something is there already.
            ValueError: if rows and classes are not those of the classifier.
        """
        from neuroff.exchange.formats import export
        from neuroff.exchange.losing import Told
        from neuroff.exchange.writers import ExportOptions

        rows = self.inputs(X, y)
        clipped = inputs_of(self.network_, rows.pixels[:].clamp(0.0, 1.0), rows.labels.numpy())
        told = Told("rows", "rows", own_answers=y is None)
        options = ExportOptions(bits, flavour, spikes, chip_reset=chip_reset, told=told)
        return export(self.network_, Split(clipped, clipped.head(0), clipped), to, out, options, force=force)

    def save(self, path: Path | str) -> None:
        """Write the fitted classifier as one file, without pickle.

        Raises:
            RunError: naming what a file cannot hold, or if it cannot be written.
        """
        check_is_fitted(self, "network_")
        save_estimator(self, path)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read what `save` wrote; nothing in the file is executed.

        Raises:
            RunError: if the file is missing, damaged, or another class's.
        """
        found: Self = load_estimator(cls, path)
        return found

    def _checked(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool
    ) -> tuple[Any, Any, npt.NDArray[np.float64] | None]:
        from sklearn.utils.validation import _check_sample_weight

        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=np.float64, ensure_min_samples=2, reset=reset
        )
        check_classification_targets(y)
        rows = X.toarray() if hasattr(X, "toarray") else X
        if sample_weight is None:
            return rows, y, None
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not weight.sum():
            raise ValueError("all sample weights are zero")
        kept = weight > 0
        return rows[kept], y[kept], weight[kept]

    def _encoded(self, y: Any) -> npt.NDArray[np.int64]:
        """Return the number of every class.

        Raises:
            ValueError: if some are none of the classifier's.
        """
        unknown = np.setdiff1d(y, self.classes_)
        if unknown.size:
            raise ValueError(f"y has classes that `classes` does not have: {unknown[:5].tolist()}")
        found: npt.NDArray[np.int64] = np.searchsorted(self.classes_, y).astype(np.int64)
        return found

    def _rows(self, X: Any) -> npt.NDArray[np.float64]:
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        rows: npt.NDArray[np.float64] = X.toarray() if hasattr(X, "toarray") else X
        return rows

    @torch.no_grad()
    def _goodness(self, X: Any) -> npt.NDArray[np.float64]:
        check_is_fitted(self, "network_")
        rows = self.scaling_.shares(self._rows(X))
        inputs = inputs_of(self.network_, rows, np.zeros(len(rows), dtype=np.int64))
        parts = [
            class_scores(self.network_, inputs.stimulus(part)) for part in chunk_rows(self.network_, inputs)
        ]
        found: npt.NDArray[np.float64] = torch.cat(parts, 1).T.double().numpy()
        return found

    def _start(self, rows: npt.NDArray[np.float64], weight: npt.NDArray[np.float64] | None) -> None:
        self.scaling_ = Scaling.of(rows, weight)
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        network = new_network(
            self._recipe(), self._population(), rows.shape[1], len(self.classes_), self._seed
        )
        self.network_ = self.scaling_.for_shares(network)
        self._state: TrainingState | None = None
        self.n_iter_ = 0

    def _train(
        self,
        rows: npt.NDArray[np.float64],
        encoded: npt.NDArray[np.int64],
        weight: npt.NDArray[np.float64] | None,
        *,
        epochs: int,
        cosine: bool,
    ) -> None:
        network: Network = self.scaling_.for_standardised(self.network_)
        plan: Plan = plan_of(self._recipe(), len(rows), epochs, self._seed + self.n_iter_, cosine=cosine)
        inputs = inputs_of(network, self.scaling_.standardised(rows), encoded, weight)
        state = initial_state(network, plan)
        if self._state is not None:  # the optimisers go on where they stood
            for mine, earlier in zip(state.optimisers, self._state.optimisers, strict=True):
                mine.restore(earlier.state())
        trained = train(network, Split(inputs, inputs.head(0), inputs.head(0)), plan, state=state)
        self._state = state
        self.loss_curve_ = [
            float(np.mean([layer.loss for layer in epoch.layers])) for epoch in trained.history
        ]
        self.n_iter_ += epochs
        self.network_ = self.scaling_.for_shares(trained.network)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
