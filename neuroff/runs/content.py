"""What a run is, whatever folder or machine it lives on: a digest of its configuration and its data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.results import RunResult


def content_of(config: Config, dataset: DataSet) -> str:
    """Return the digest of a run: two runs of one digest give the same result on one kind of machine."""
    return _digest(config.model_dump(mode="json"), (file.sha256 for file in dataset.provenance.files))


def content_of_result(result: RunResult) -> str:
    """Return the digest of the run that a result is of."""
    return _digest(result.config, (file.sha256 for file in result.data.files))


def _digest(config: object, files: Iterable[str]) -> str:
    text = json.dumps({"config": config, "data": sorted(files)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
