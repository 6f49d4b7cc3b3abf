from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.claims import claimed
from neuroff.config import Config
from neuroff.data import DataSet
from neuroff.errors import NeuroffError, RunError
from neuroff.files import read_json, read_tensors, write_json, write_tensors
from neuroff.results import RunResult
from neuroff.runs.folder import RunDirectory, load_run, train_run
from neuroff.runs.measuring import measure
from neuroff.training import Interrupted
from tests.narrow import present


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, few_digits: DataSet
) -> tuple[RunDirectory, Config, RunResult]:
    from neuroff.config.overrides import apply_settings
    from neuroff.config.presets import preset

    config = apply_settings(
        preset("demo", variant="acff", dataset="digits"), ["widths=30,20", "epochs=3", "train_count=150"]
    )
    directory = RunDirectory(tmp_path_factory.mktemp("runs") / "run")
    return directory, config, train_run(directory, config, few_digits)


def test_a_result_records_what_made_it(finished: tuple[RunDirectory, Config, RunResult]) -> None:
    _, config, result = finished
    assert result.config == config.model_dump(mode="json")
    assert result.seed == config.seed
    assert {"neuroff", "python", "torch", "numpy"} <= set(result.versions)
    assert result.machine.threads >= 1
    assert result.data.files[0].sha256
    assert len(result.history) == 3
    assert result.training_seconds.total > 0
    assert 0 < present(result.accuracy.held_out) <= 1


def test_a_run_reads_back_to_the_same_predictions(
    finished: tuple[RunDirectory, Config, RunResult], few_digits: DataSet
) -> None:
    directory, _, result = finished
    assert not directory.checkpoint_file.exists()
    run = load_run(directory)
    assert measure(run, few_digits).accuracy == result.accuracy.to_json()
    assert measure(run, few_digits, "last").prediction == "last"


def test_a_folder_is_never_overwritten(
    finished: tuple[RunDirectory, Config, RunResult], few_digits: DataSet
) -> None:
    directory, config, result = finished
    with pytest.raises(RunError, match="already here"):
        train_run(directory, config, few_digits)
    assert train_run(directory, config, few_digits, resume=True) == result
    other = config.model_copy(update={"seed": 5})
    with pytest.raises(RunError, match="another configuration"):
        train_run(directory, other, few_digits, resume=True)


def copied(directory: RunDirectory, tmp_path: Path) -> RunDirectory:
    target = RunDirectory(tmp_path / "copy")
    target.path.mkdir(parents=True)
    for source in directory.path.iterdir():
        (target.path / source.name).write_bytes(source.read_bytes())
    return target


def remove_result(run: RunDirectory) -> None:
    run.result_file.unlink()


def remove_config(run: RunDirectory) -> None:
    run.config_file.unlink()


def remove_network(run: RunDirectory) -> None:
    run.network_file.unlink()


def break_config(run: RunDirectory) -> None:
    run.config_file.write_text("{")


def unknown_key(run: RunDirectory) -> None:
    config = json.loads(run.config_file.read_text())
    config["network"]["widths_of_layers"] = [3]
    run.config_file.write_text(json.dumps(config))


def wrong_width(run: RunDirectory) -> None:
    config = json.loads(run.config_file.read_text())
    config["network"]["widths"] = [30, 21]
    run.config_file.write_text(json.dumps(config))
    without_digests(run, config=config)


def asked_otherwise(run: RunDirectory) -> None:
    """A network trained by labels, opened as class groups: the shapes are the same."""
    config = json.loads(run.config_file.read_text())
    config["asking"]["form"], config["training"]["loss"] = "groups", "softmax"
    run.config_file.write_text(json.dumps(config))


def without_digests(run: RunDirectory, **changed: Any) -> None:
    """As an older version wrote it, which recorded no digest of anything."""
    result = read_json(run.result_file)
    del result["files"], result["sha256"]
    write_json(run.result_file, result | changed)


def other_images(run: RunDirectory) -> None:
    without_digests(run, pixels=1)


def no_images(run: RunDirectory) -> None:
    without_digests(run, planes=[-1, -1, 784])


def flip_a_bit(run: RunDirectory) -> None:
    content = bytearray(run.network_file.read_bytes())
    content[-5] ^= 1
    run.network_file.write_bytes(content)


def a_digest_of_another_file(run: RunDirectory) -> None:
    without_digests(run, files={"../../etc/passwd": "0"})


def a_better_accuracy(run: RunDirectory) -> None:
    result = read_json(run.result_file)
    result["accuracy"]["test"] = 0.99
    write_json(run.result_file, result)


def other_layout_of_the_configuration(run: RunDirectory) -> None:
    run.config_file.write_text(json.dumps(json.loads(run.config_file.read_text())))


def cut_network(run: RunDirectory) -> None:
    without_digests(run)
    run.network_file.write_bytes(run.network_file.read_bytes()[:-100])


def foreign_network(run: RunDirectory) -> None:
    without_digests(run)
    run.network_file.write_bytes(b"not safetensors")


def not_finite(run: RunDirectory) -> None:
    without_digests(run)
    tensors, values = read_tensors(run.network_file)
    tensors["layers.0.weight"][0, 0] = float("nan")
    write_tensors(run.network_file, tensors, values)


def no_classes(run: RunDirectory) -> None:
    result = read_json(run.result_file)
    del result["classes"]
    write_json(run.result_file, result)


def result_is_a_list(run: RunDirectory) -> None:
    run.result_file.write_text("[1]")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove_result, "not finished"),
        (remove_config, "not a run directory"),
        (remove_network, "cannot read|not a file"),
        (break_config, "not JSON"),
        (unknown_key, r"network.widths_of_layers"),
        (wrong_width, r"layers.1.weight.*\(20, 30\).*\(21, 30\)"),
        (other_images, "pixels: 1 with planes of 1 × 28 × 28; expected 784"),
        (no_images, "planes.0: -1: Input should be greater than or equal to 1"),
        (asked_otherwise, "not the configuration that the run's result.json records"),
        (cut_network, "not a file written by neuroff"),
        (foreign_network, "not a file written by neuroff"),
        (not_finite, "not finite"),
        (flip_a_bit, "network.safetensors is not the file that the run's result.json records"),
        (a_digest_of_another_file, "a digest of '../../etc/passwd'"),
        (a_better_accuracy, "not what was written"),
        (other_layout_of_the_configuration, "config.json is not the file that the run's result.json records"),
        (no_classes, "classes: is missing"),
        (result_is_a_list, "not a JSON object"),
    ],
)
def test_damage_ends_in_a_message(
    finished: tuple[RunDirectory, Config, RunResult],
    tmp_path: Path,
    damage: Callable[..., Any],
    message: str,
) -> None:
    run = copied(finished[0], tmp_path)
    damage(run)
    with pytest.raises(NeuroffError, match=message) as caught:
        load_run(run)
    assert str(run.path) in str(caught.value)


def test_what_older_versions_wrote_is_read(
    finished: tuple[RunDirectory, Config, RunResult], tmp_path: Path
) -> None:
    run = copied(finished[0], tmp_path)
    without_digests(run)
    assert load_run(run).result.files == {}


def test_what_a_kill_left_is_removed_at_the_next_start(
    finished: tuple[RunDirectory, Config, RunResult], tmp_path: Path, few_digits: DataSet
) -> None:
    run = copied(finished[0], tmp_path)
    left = run.path / f".{run.checkpoint_file.name}.ab12cd34"
    left.touch()
    train_run(run, finished[1], few_digits, resume=True)
    assert not left.exists()


def test_damaged_checkpoint_is_refused(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    config, directory = quick(), RunDirectory(tmp_path / "run")
    with pytest.raises(Interrupted):
        train_run(directory, config, few_digits, should_stop=lambda: True)
    whole = directory.checkpoint_file.read_bytes()
    directory.checkpoint_file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match="not a file written by neuroff"):
        train_run(directory, config, few_digits, resume=True)
    tensors, values = {"layers.0.weight": torch.zeros(2, 2)}, {"stage": 0}
    write_tensors(directory.checkpoint_file, tensors, values)
    with pytest.raises(RunError, match="shape"):
        train_run(directory, config, few_digits, resume=True)


def test_any_bit_of_a_run_folder_is_missed(
    finished: tuple[RunDirectory, Config, RunResult], tmp_path: Path
) -> None:
    """Two hundred flipped bits, a third in each file: refused, or in blanks that say the same."""
    run, choose = copied(finished[0], tmp_path), random.Random(24)
    for turn in range(200):
        file = (run.config_file, run.network_file, run.result_file)[turn % 3]
        whole = file.read_bytes()
        broken = bytearray(whole)
        broken[choose.randrange(len(whole))] ^= 1 << choose.randrange(8)
        file.write_bytes(broken)
        with suppress(NeuroffError):
            loaded = load_run(run)
            assert file == run.result_file, "only a result says the same in other bytes"
            assert loaded.result == finished[2]
        file.write_bytes(whole)


def test_the_files_of_another_run_are_refused(
    finished: tuple[RunDirectory, Config, RunResult], few_digits: DataSet, tmp_path: Path
) -> None:
    other = RunDirectory(tmp_path / "other")
    train_run(other, finished[1].model_copy(update={"seed": 7}), few_digits)
    for file in ("config.json", "network.safetensors", "result.json"):
        run = copied(finished[0], tmp_path / file)
        (run.path / file).write_bytes((other.path / file).read_bytes())
        with pytest.raises(RunError, match=r"result\.json records"):
            load_run(run)
        if file != "config.json":  # where the configuration is another, the folder is another run's
            with pytest.raises(RunError, match=r"result\.json records"):
                train_run(run, finished[1], few_digits, resume=True)


def test_a_checkpoint_of_another_run_or_with_a_bit_flipped_is_refused(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path
) -> None:
    run, other = RunDirectory(tmp_path / "run"), RunDirectory(tmp_path / "other")
    for directory, seed in ((run, 0), (other, 1)):
        with pytest.raises(Interrupted):
            train_run(directory, quick(seed=seed), few_digits, should_stop=lambda: True)
    own = run.checkpoint_file.read_bytes()
    run.checkpoint_file.write_bytes(other.checkpoint_file.read_bytes())
    with pytest.raises(RunError, match="a checkpoint of another configuration"):
        train_run(run, quick(), few_digits, resume=True)
    flipped = bytearray(own)
    flipped[-5] ^= 1
    run.checkpoint_file.write_bytes(flipped)
    with pytest.raises(RunError, match="not the bytes that were written"):
        train_run(run, quick(), few_digits, resume=True)
    run.checkpoint_file.write_bytes(own)
    assert train_run(run, quick(), few_digits, resume=True).seed == 0


def test_the_checkpoint_of_a_finished_run_is_removed_at_the_next_start(
    finished: tuple[RunDirectory, Config, RunResult], tmp_path: Path, few_digits: DataSet
) -> None:
    run = copied(finished[0], tmp_path)
    run.checkpoint_file.write_bytes(b"left by a kill")
    train_run(run, finished[1], few_digits, resume=True)
    assert not run.checkpoint_file.exists()


def test_one_process_at_a_time_trains_in_a_folder(
    finished: tuple[RunDirectory, Config, RunResult], tmp_path: Path, few_digits: DataSet
) -> None:
    run = RunDirectory(tmp_path / "deep" / "run")
    with claimed(run.path), pytest.raises(RunError, match="another process is at work here"):
        train_run(run, finished[1], few_digits)
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("damage", ["moment", "place"])
def test_checkpoint_of_another_shape_or_place_is_refused(
    quick: Callable[..., Config], few_digits: DataSet, tmp_path: Path, damage: str
) -> None:
    config, directory = quick(), RunDirectory(tmp_path / "run")
    with pytest.raises(Interrupted):
        train_run(directory, config, few_digits, should_stop=lambda: True)
    tensors, values = read_tensors(directory.checkpoint_file)
    if damage == "moment":
        tensors["optimiser.0.weights.0.exp_avg"] = torch.zeros(3, 3)
    else:
        values["epoch"] = -1
    write_tensors(directory.checkpoint_file, tensors, values)
    with pytest.raises(RunError, match="not a training checkpoint"):
        train_run(directory, config, few_digits, resume=True)


def test_nothing_half_written_where_writing_fails(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    write_json(target, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(target, {"a": float("nan")})
    assert read_json(target) == {"a": 1}
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write"):
        write_json(tmp_path / "file" / "result.json", {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "result.json"]
