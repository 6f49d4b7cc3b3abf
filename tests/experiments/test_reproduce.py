from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from neuroff.config.inputs import prepare
from neuroff.config.overrides import apply_settings
from neuroff.config.presets import preset
from neuroff.data import DataSet
from neuroff.errors import ConfigError, RunError
from neuroff.experiments.columns import COLUMNS, Cell, cells
from neuroff.experiments.cost import measure_cost, multiply_adds
from neuroff.experiments.diagnosis import diagnose
from neuroff.experiments.gathering import gather, pack
from neuroff.experiments.reproduction import reproduce
from neuroff.runs import Execution
from neuroff.runs.folder import RunDirectory, load_run
from neuroff.training import Interrupted
from neuroff.training.evaluate import predict
from tests.narrow import present, weight_of
from tests.samples import train_by


def unpack(text: str, images: int) -> np.ndarray:
    """Return the first ``images`` booleans of what `pack` wrote."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), dtype=np.uint8))[:images].astype(bool)


SMALL = ("widths=12,8", "training.epochs=3", "evaluate_every=1", "train_count=none")


@pytest.fixture(scope="module")
def reproduced(
    few_digits: DataSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Cell], dict[str, Any]]:
    out = tmp_path_factory.mktemp("reproduced")
    planned = list(cells(["digits"], list(COLUMNS), [0, 1], SMALL))
    return out, planned, reproduce(planned, lambda name: few_digits, out)


def test_the_table_has_a_value_per_seed_and_says_what_made_it(
    reproduced: tuple[Path, list[Cell], dict[str, Any]],
) -> None:
    out, _, table = reproduced
    assert json.loads((out / "reproduction.json").read_text()) == table
    assert list(table["digits"]) == list(COLUMNS)
    for column in table["digits"].values():
        assert column["seeds"] == [0, 1]
        assert all(len(column[part]) == 2 for part in ("train", "test", "seconds", "runs"))
        for run in column["runs"]:
            assert {"config", "versions", "commit", "machine", "curves"} <= set(run)


def test_packed_answers_are_those_of_the_network(
    reproduced: tuple[Path, list[Cell], dict[str, Any]], few_digits: DataSet
) -> None:
    out, planned, table = reproduced
    cell = next(cell for cell in planned if cell.column == "acff" and cell.config.seed == 1)
    run = load_run(RunDirectory(out / "runs" / cell.name))
    split = prepare(few_digits, cell.config)
    right = (predict(run.network, split.test) == split.test.labels).numpy()
    stored = unpack(table["digits"]["acff"]["runs"][1]["right"], len(right))
    assert np.array_equal(stored, right)
    assert table["digits"]["acff"]["test"][1] == pytest.approx(right.mean())


def test_variants_share_their_first_layer(
    reproduced: tuple[Path, list[Cell], dict[str, Any]],
) -> None:
    out, _, _ = reproduced
    first = [
        weight_of(load_run(RunDirectory(out / "runs" / f"reproduction-digits-{column}-0")).network.layers[0])
        for column in ("ff", "fcff", "acff")
    ]
    assert torch.equal(first[0], first[1])
    assert torch.equal(first[0], first[2])


def test_finished_runs_are_not_trained_again(
    reproduced: tuple[Path, list[Cell], dict[str, Any]], few_digits: DataSet
) -> None:
    out, planned, table = reproduced
    again = reproduce(planned, lambda name: few_digits, out)
    assert again == table
    assert gather(out) == table


def test_a_table_goes_on_in_another_precision(
    reproduced: tuple[Path, list[Cell], dict[str, Any]],
    few_digits: DataSet,
    tmp_path: Path,
) -> None:
    out, _, table = reproduced
    (tmp_path / "reproduction.json").write_bytes((out / "reproduction.json").read_bytes())
    coarse = (*SMALL, "training.precision=bfloat16")
    more = list(cells(["digits"], ["ff", "bp"], [1, 2], coarse))
    grown = reproduce(more, lambda name: few_digits, tmp_path)
    for column in ("ff", "bp"):
        runs = grown["digits"][column]["runs"]
        assert runs[:2] == table["digits"][column]["runs"]
        assert [run["config"]["training"]["precision"] for run in runs] == ["float32", "float32", "bfloat16"]


def test_a_table_goes_on_without_the_folders_of_its_runs(
    reproduced: tuple[Path, list[Cell], dict[str, Any]],
    few_digits: DataSet,
    tmp_path: Path,
) -> None:
    out, planned, table = reproduced
    (tmp_path / "reproduction.json").write_bytes((out / "reproduction.json").read_bytes())
    more = list(cells(["digits"], ["ff"], [2], SMALL))
    grown = reproduce([*planned, *more], lambda name: few_digits, tmp_path)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["reproduction-digits-ff-2"]
    assert grown["digits"]["ff"]["seeds"] == [0, 1, 2]
    assert grown["digits"]["ff"]["runs"][:2] == table["digits"]["ff"]["runs"]
    assert {name: entry for name, entry in grown["digits"].items() if name != "ff"} == {
        name: entry for name, entry in table["digits"].items() if name != "ff"
    }


def test_a_table_of_another_configuration_is_not_mixed(
    reproduced: tuple[Path, list[Cell], dict[str, Any]],
    few_digits: DataSet,
    tmp_path: Path,
) -> None:
    out, _, _ = reproduced
    (tmp_path / "reproduction.json").write_bytes((out / "reproduction.json").read_bytes())
    other = list(cells(["digits"], ["ff"], [0], (*SMALL, "theta=3")))
    with pytest.raises(RunError, match="seed 0 has another configuration"):
        reproduce(other, lambda name: few_digits, tmp_path)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"digits": 3}',
        '{"digits": {"ff": {}}}',
        '{"digits": {"ff": {"runs": [{"seed": "x"}]}}}',
        '{"digits": {"ff": {"runs": [{"seed": 0}]}}}',
        '{"digits": {"other": {"runs": [{"seed": 0, "config": {}}]}}}',
    ],
)
def test_what_is_no_table_is_left_alone(few_digits: DataSet, tmp_path: Path, text: str) -> None:
    (tmp_path / "reproduction.json").write_text(text)
    with pytest.raises(RunError, match=r"reproduction\.json: not a (table|JSON object)"):
        reproduce(list(cells(["digits"], ["ff"], [0], SMALL)), lambda name: few_digits, tmp_path)
    assert (tmp_path / "reproduction.json").read_text() == text


def test_an_interrupted_table_keeps_what_is_done(few_digits: DataSet, tmp_path: Path) -> None:
    planned = list(cells(["digits"], ["ff", "acff"], [0], SMALL))
    asked = iter(range(1, 1000))
    with pytest.raises(Interrupted):
        reproduce(
            planned,
            lambda name: few_digits,
            tmp_path,
            execution=Execution(should_stop=lambda: next(asked) == 8),
        )
    assert list(json.loads((tmp_path / "reproduction.json").read_text())["digits"]) == ["ff"]
    assert list(reproduce(planned, lambda name: few_digits, tmp_path)["digits"]) == ["ff", "acff"]


def test_a_damaged_result_is_named(few_digits: DataSet, tmp_path: Path) -> None:
    planned = list(cells(["digits"], ["ff"], [0], SMALL))
    reproduce(planned, lambda name: few_digits, tmp_path)
    next(tmp_path.glob("runs/*/details.json")).write_text("{")
    with pytest.raises(RunError, match=r"details\.json"):
        gather(tmp_path)


def test_tables_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ConfigError, match="no table"):
        list(cells(["digits"], ["bp"], [0], start="best"))
    with pytest.raises(ConfigError, match="no table"):
        list(cells(["digits"], ["ff"], [0], start="demo"))


@given(arrays(bool, st.integers(1, 70)))
def test_packing_loses_nothing(right: NDArray[np.bool_]) -> None:
    assert np.array_equal(unpack(pack(right), len(right)), right)


def test_diagnosis_agrees_with_predictions_and_partners(digits: DataSet) -> None:
    config = apply_settings(preset("demo", variant="fcff", dataset="digits"), ["widths=60,40", "epochs=6"])
    split = prepare(digits, config)
    network = train_by(config, split).network
    first, second = diagnose(config, network, split.test)
    right = float((predict(network, split.test) == split.test.labels).double().mean())
    assert second["up_to"] == pytest.approx(right)
    assert first["alone"] == first["up_to"]
    assert first["signal"] == pytest.approx(first["signal_alone"]), "it hears nobody"
    assert second["signal"] < second["signal_alone"], "what its partner knows already is not learned again"
    for layer in (first, second):
        assert layer["separation"] > 0.1
        counted = layer["histogram"]
        assert sum(counted["positive"]) == sum(counted["negative"]) == len(split.test)
        assert len(counted["edges"]) == len(counted["positive"]) + 1


def test_multiply_adds_by_hand() -> None:
    config = apply_settings(preset("paper"), ["widths=20,10,5", "train_count=3"])
    first = 3 * (2 * 100 * 20 + 2 * 2 * 10 * 20)
    second = 3 * (2 * 10 * 20 + 4 * 20 * 10)
    third = 3 * (2 * 10 * 20 + 2 * 20 * 10 + 4 * 10 * 5)
    assert multiply_adds(config, 100, 10) == [first, second, third]
    together = apply_settings(config, ["schedule=interleaved"])
    assert multiply_adds(together, 100, 10) == [3 * (2 * 100 * 20 + 400 * 2 + 4 * 200 + 4 * 50)]
    weights = [2000, 200, 50, 50]
    assert multiply_adds(config, 100, 10, is_backprop=True) == [3 * (2 * sum(weights) + sum(weights[1:]))]


def test_cost_is_measured_for_every_column(few_digits: DataSet, tmp_path: Path) -> None:
    planned = list(cells(["digits"], ["ff", "acff", "bp"], [0], SMALL))
    result = measure_cost(planned, lambda name: few_digits, tmp_path)
    assert json.loads((tmp_path / "cost.json").read_text()) == result.to_json()
    assert result.ratio_to_ff["ff"] == 1
    for name in ("ff", "acff", "bp"):
        entry = result.columns[name]
        assert entry.seconds_per_epoch == pytest.approx(sum(entry.seconds_per_epoch_by_stage))
        assert entry.seconds_per_epoch > 0
        assert present(entry.peak_rss_bytes) > 50e6
