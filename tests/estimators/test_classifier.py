from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import neuroff
from neuroff import FFClassifier, SpikingFFClassifier
from neuroff.errors import ConfigError, RunError
from neuroff.estimators.scaling import Scaling

both = pytest.mark.parametrize("kind", [FFClassifier, SpikingFFClassifier])


@pytest.fixture(scope="module")
def wine() -> tuple[Any, Any, Any, Any]:
    rows, labels = load_wine(return_X_y=True)
    names = np.array(["barbera", "barolo", "grignolino"])[labels]
    return tuple(train_test_split(rows, names, random_state=0, stratify=names))


def fitted(kind: type[Any], wine: Any, **arguments: Any) -> Any:
    return kind(widths=(40, 40), max_iter=40, random_state=0, **arguments).fit(wine[0], wine[2])


@both
@pytest.mark.parametrize("variant", ["ff", "fcff", "acff"])
def test_a_table_with_words_for_classes_is_learned(kind: type[Any], variant: str, wine: Any) -> None:
    classifier = fitted(kind, wine, variant=variant)
    assert classifier.score(wine[1], wine[3]) > 0.93
    assert classifier.classes_.tolist() == ["barbera", "barolo", "grignolino"]
    gammas = [float(layer.gamma) for layer in classifier.network_.layers]
    assert (gammas == [0.0, 0.0]) == (variant == "ff")
    assert (gammas == [0.1, 0.1]) == (variant == "fcff")


@both
def test_probabilities_are_sharp_where_they_are_right(kind: type[Any], wine: Any) -> None:
    classifier = fitted(kind, wine)
    chances = classifier.predict_proba(wine[1])
    assert chances.shape == (len(wine[1]), 3)
    np.testing.assert_allclose(chances.sum(1), 1.0)
    assert (classifier.classes_[chances.argmax(1)] == classifier.predict(wine[1])).all()
    assert log_loss(wine[3], chances) < 0.35  # ln 3 = 1.1 by chance


@both
def test_same_seed_same_bits_and_the_global_stream_is_untouched(kind: type[Any], wine: Any) -> None:
    before = torch.get_rng_state()
    one, two, other = (
        kind(widths=(20,), max_iter=10, random_state=seed).fit(wine[0], wine[2]) for seed in (3, 3, 4)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(one.decision_function(wine[1]), two.decision_function(wine[1]))
    assert not np.array_equal(one.decision_function(wine[1]), other.decision_function(wine[1]))


@both
def test_a_weight_counts_like_so_many_rows(kind: type[Any], wine: Any) -> None:
    rows, names = wine[0][:40], wine[2][:40]
    weight = np.random.default_rng(0).integers(0, 4, 40)
    arguments: dict[str, Any] = {"widths": (12,), "max_iter": 20, "random_state": 0}
    one = kind(**arguments).fit(rows, names, sample_weight=weight)
    two = kind(**arguments).fit(np.repeat(rows, weight, 0), np.repeat(names, weight))
    np.testing.assert_allclose(one.predict_proba(wine[1]), two.predict_proba(wine[1]), rtol=1e-6)


@both
def test_pipelines_searches_and_clones(kind: type[Any], wine: Any) -> None:
    steps = make_pipeline(StandardScaler(), kind(widths=(20,), max_iter=15, batch_size=8, random_state=0))
    assert cross_val_score(steps, wine[0], wine[2], cv=3).mean() > 0.85
    search = GridSearchCV(
        kind(widths=(20,), max_iter=10, batch_size=8, random_state=0),
        {"learning_rate": [1e-6, 0.01]},
        n_jobs=2,
        cv=2,
    )
    search.fit(wine[0], wine[2])
    assert search.best_params_ == {"learning_rate": 0.01}
    calibrated = CalibratedClassifierCV(kind(widths=(20,), max_iter=15, random_state=0), cv=2)
    assert calibrated.fit(wine[0], wine[2]).predict_proba(wine[1]).shape == (len(wine[1]), 3)
    classifier = fitted(kind, wine)
    assert not hasattr(clone(classifier), "network_")
    assert clone(classifier).get_params() == classifier.get_params()


@both
def test_sparse_and_dense_rows_are_the_same(kind: type[Any], wine: Any) -> None:
    classifier = fitted(kind, wine)
    again = kind(widths=(40, 40), max_iter=40, random_state=0).fit(sparse.csr_matrix(wine[0]), wine[2])
    np.testing.assert_array_equal(
        classifier.predict_proba(wine[1]), again.predict_proba(sparse.csr_matrix(wine[1]))
    )


def test_frames_keep_their_names(wine: Any) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(wine[0], columns=[f"f{i}" for i in range(13)])
    classifier = FFClassifier(widths=(20,), max_iter=5, random_state=0).fit(frame, wine[2])
    assert classifier.feature_names_in_.tolist() == list(frame.columns)
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame[list(reversed(frame.columns))])


@both
def test_partial_fit_goes_on(kind: type[Any], wine: Any) -> None:
    classifier = kind(widths=(30,), learning_rate=0.01, random_state=0)
    with pytest.raises(ValueError, match="classes must be passed"):
        classifier.partial_fit(wine[0], wine[2])
    losses = []
    for _ in range(25):
        classifier.partial_fit(wine[0], wine[2], classes=np.unique(wine[2]))
        losses += classifier.loss_curve_
    assert losses[-1] < 0.6 * losses[0]
    assert classifier.n_iter_ == 25
    assert classifier.score(wine[1], wine[3]) > 0.85
    with pytest.raises(ValueError, match="classes that `classes` does not have"):
        classifier.partial_fit(wine[0][:2], ["chianti", "barolo"])


@both
def test_a_file_without_pickle_and_a_pickle_predict_alike(kind: type[Any], wine: Any, tmp_path: Path) -> None:
    classifier = fitted(kind, wine)
    classifier.save(tmp_path / "wine.safetensors")
    loaded = kind.load(tmp_path / "wine.safetensors")
    unpickled = pickle.loads(pickle.dumps(classifier))
    for other in (loaded, unpickled):
        assert np.array_equal(other.predict(wine[1]), classifier.predict(wine[1]))
        # Weights may lie in memory another way, so sums may round another way.
        np.testing.assert_allclose(
            other.decision_function(wine[1]), classifier.decision_function(wine[1]), rtol=1e-12
        )
    assert {**loaded.get_params(), "widths": None} == {**classifier.get_params(), "widths": None}
    loaded.partial_fit(wine[0], wine[2])
    other_kind = SpikingFFClassifier if kind is FFClassifier else FFClassifier
    with pytest.raises(RunError, match=f"expected a fitted {other_kind.__name__}"):
        other_kind.load(tmp_path / "wine.safetensors")
    (tmp_path / "cut").write_bytes((tmp_path / "wine.safetensors").read_bytes()[:900])
    with pytest.raises(RunError, match="not a file written by neuroff"):
        kind.load(tmp_path / "cut")
    with pytest.raises(RunError, match="random_state is a RandomState"):
        classifier.set_params(random_state=np.random.RandomState(0)).save(tmp_path / "no")


def test_energy_and_export_are_those_of_the_network(wine: Any, tmp_path: Path) -> None:
    classifier = fitted(SpikingFFClassifier, wine)
    report = classifier.energy("loihi1-davies2018", X=wine[1])
    values = report.result().to_json()
    assert values["presentations"] == 1
    energy = values["profiles"]["loihi1-davies2018"]
    assert json.dumps(energy)
    counted = neuroff.count_activity(classifier.network_, classifier.inputs(wine[1]))
    assert values["counts"]["spikes_emitted"] == pytest.approx(counted.counts["spikes_emitted"])
    written = classifier.export("c", tmp_path / "wine.h", X=wine[0])
    assert written.files[0].read_text().startswith("/*")
    assert neuroff.accuracy(classifier.network_, classifier.inputs(wine[1], wine[3])) == pytest.approx(
        classifier.score(wine[1], wine[3])
    )


def test_scaling_is_undone_exactly() -> None:
    rows = np.random.default_rng(0).normal(5, 30, (20, 4)) * [1, 10, 1e3, 0] + [0, 1, 2, 3]
    scaling = Scaling.of(rows)
    shares = scaling.shares(rows)
    assert shares.min() == 0.0
    assert shares.max() == 1.0
    standard = scaling.standardised(rows)
    np.testing.assert_allclose(standard.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(standard.std(0, correction=0)[:3], 1)
    network = FFClassifier(widths=(7,), max_iter=1, random_state=0).fit(rows, [0, 1] * 10).network_
    by_standard = scaling.for_standardised(network)
    drives = [
        values @ weight.T + bias
        for values, (weight, bias) in (
            (shares, network.layers[0].synapses.affine()),
            (standard, by_standard.layers[0].synapses.affine()),
        )
    ]
    torch.testing.assert_close(*drives, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": (2, 40)}, "2 neurons for 3 classes"),
        ({"widths": "many"}, "widths="),
        ({"variant": "cff"}, "variant='cff'"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"max_iter": 0}, "max_iter"),
        ({"label_smoothing": 1.0}, "smoothing"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_arguments_that_mean_nothing(arguments: dict[str, Any], message: str, wine: Any) -> None:
    with pytest.raises((ValueError, ConfigError), match=message):
        FFClassifier(**{"max_iter": 2, **arguments}).fit(wine[0], wine[2])


def test_rows_that_cannot_be_learned_from() -> None:
    rows, labels = load_iris(return_X_y=True)
    for broken, classes, message in (
        (rows, np.zeros(len(rows)), "1 class"),
        (np.where(rows > 5, np.nan, rows), labels, "NaN"),
        (rows, labels + 0.5, "continuous"),
        (rows[:0], labels[:0], "0 sample"),
    ):
        with pytest.raises(ValueError, match=message):
            FFClassifier(max_iter=2).fit(broken, classes)


def test_two_classes_on_a_wide_table() -> None:
    rows, labels = load_breast_cancer(return_X_y=True)
    one = SpikingFFClassifier(widths=(50,), max_iter=30, random_state=0)
    assert cross_val_score(one, rows, labels, cv=3).mean() > 0.93
    assert one.fit(rows, labels).decision_function(rows).shape == (len(rows),)


@both
@pytest.mark.parametrize("variant", ["ff", "acff"])
def test_the_label_form_learns_and_travels(kind: type[Any], variant: str, wine: Any, tmp_path: Path) -> None:
    classifier = fitted(kind, wine, asking="label", variant=variant, batch_size=32)
    assert classifier.score(wine[1], wine[3]) > 0.93
    assert classifier.network_.widths[0] == 13 + 3
    np.testing.assert_allclose(classifier.predict_proba(wine[1]).sum(1), 1.0)
    classifier.save(tmp_path / "wine.safetensors")
    again = kind.load(tmp_path / "wine.safetensors")
    np.testing.assert_allclose(again.decision_function(wine[1]), classifier.decision_function(wine[1]))
    assert neuroff.count_activity(classifier.network_, classifier.inputs(wine[1])).counts
    with pytest.raises(ValueError, match="asking='both'; expected 'groups' or 'label'"):
        fitted(kind, wine, asking="both")


def test_fewer_neurons_than_classes_are_no_fault_of_labels(wine: Any) -> None:
    narrow = FFClassifier(widths=(2, 2), asking="label", max_iter=2, random_state=0)
    assert narrow.fit(wine[0], wine[2]).network_.widths == (16, 2, 2)
    with pytest.raises(ConfigError, match="2 neurons for 3 classes"):
        FFClassifier(widths=(2, 2), max_iter=2).fit(wine[0], wine[2])


@both
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_are_arrays_with_names(kind: type[Any], library: str, wine: Any) -> None:
    frames = pytest.importorskip(library, reason=f"{library} is not installed")
    names = [f"feature {number}" for number in range(13)]
    plain = fitted(kind, wine)
    train, test = (
        frames.DataFrame({name: part[:, at] for at, name in enumerate(names)}) for part in (wine[0], wine[1])
    )
    framed = kind(widths=(40, 40), max_iter=40, random_state=0).fit(train, frames.Series(wine[2].tolist()))
    assert framed.feature_names_in_.tolist() == names
    # Columns may lie in memory another way, so sums may round another way.
    np.testing.assert_allclose(framed.decision_function(test), plain.decision_function(wine[1]), rtol=1e-9)
    assert framed.predict(test).tolist() == plain.predict(wine[1]).tolist()
    with pytest.raises(ValueError, match="feature names should match"):
        framed.predict(test[names[::-1]])


@both
def test_metadata_is_routed_where_it_is_asked_for(kind: type[Any], wine: Any) -> None:
    weight = np.random.default_rng(0).integers(0, 3, len(wine[0])).astype(float)
    arguments: dict[str, Any] = {"widths": (12,), "max_iter": 10, "random_state": 0}
    with config_context(enable_metadata_routing=True):
        asking = kind(**arguments).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        steps = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), asking)
        steps.fit(wine[0], wine[2], sample_weight=weight)
        rows = StandardScaler().fit_transform(wine[0])
        direct = kind(**arguments).fit(rows, wine[2], sample_weight=weight)
        np.testing.assert_allclose(steps.predict_proba(wine[0]), direct.predict_proba(rows))
        routed = cross_validate(steps, wine[0], wine[2], params={"sample_weight": weight}, cv=2)
        assert routed["test_score"].shape == (2,)
        request = kind().set_partial_fit_request(classes=True).get_metadata_routing()
        assert request.partial_fit.requests["classes"] is True
