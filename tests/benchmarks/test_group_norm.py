from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import group_norm


def test_the_rate_is_chosen_on_held_out_images_and_cases_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        group_norm, "USUAL", ("train_count=60", "epochs=1", "network.layers=conv 10x3, dense 10")
    )
    monkeypatch.setattr(group_norm, "RATES", (0.01, 1e-9))
    kinds = {name: group_norm.KINDS[name] for name in ("standardised", "one group")}
    monkeypatch.setattr(group_norm, "KINDS", kinds)
    command = ["--folder", str(tmp_path), "--seeds", "1"]
    assert group_norm.main([*command, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert list(first["runs"])[:2] == ["dense: standardised: 0.01: 0", "dense: standardised: 1e-09: 0"]
    assert [(each["path"], each["kind"], each["seeds"]) for each in first["chosen"]] == [
        (path, kind, 1) for path in ("dense", "spiking") for kind in kinds
    ]
    for each in first["chosen"]:
        best = max(each["held_out"], key=lambda rate: each["held_out"][rate])
        assert each["learning_rate"] == float(best)
        assert each["test"] == first["runs"][f"{each['path']}: {each['kind']}: {best}: 0"]["test"]
    assert group_norm.main(command) == 0  # from the folder
    assert "spiking, one group" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "group-norm-digits.json").read_text())) == 8
