from __future__ import annotations

from pathlib import Path

import pytest

from neuroff.exchange import writers
from neuroff.exchange.formats import export
from neuroff.hdf5 import reading as hdf5_reading
from tests.chip.conftest import Trained


@pytest.mark.parametrize("kind", ["netx", "c"])
def test_a_file_too_large_to_be_verified_says_so(
    kind: str, ported: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(name: str) -> list[str]:
        notes = export(ported.network, ported.split, kind, tmp_path / name).notes
        return [note for note in notes if "verify" in note]

    assert said("1") == []
    monkeypatch.setattr(hdf5_reading, "MAX_BYTES", 4 * (784 * 60 + 60 * 40) - 1)
    monkeypatch.setattr(writers, "MAX_FILE_BYTES", (tmp_path / "1").stat().st_size - 1)
    (note,) = said("2")
    assert "bytes, more than `neuroff verify` reads" in note
