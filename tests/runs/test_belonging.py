"""Networks from files whose parts do not belong together, and run folders of other images."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from neuroff.config.build import build_network
from neuroff.core.synapses import Planes
from neuroff.errors import DataError, NeuroffError, RunError
from neuroff.files import read_tensors, write_tensors
from neuroff.runs.directory import RunDirectory
from neuroff.runs.folder import load_run, train_run
from neuroff.runs.images import require_alike
from neuroff.runs.measuring import measure
from neuroff.runs.network_file import SINCE, load_network, save_network
from tests.runs.edits import edit_tensors, edit_values, without_digests
from tests.samples import CLASSES, PIXELS, configured, synthetic

CONV = ("layers=conv 3x3,maxpool 2,dense 8", "form=groups", "loss=softmax", "goodness=linear")
Values = dict[str, Any]


def saved(file: Path) -> None:
    config = configured("layers=conv 4x3,maxpool 2,dense 8", *CONV[1:], "precision=float32")
    save_network(build_network(config, PIXELS, CLASSES, planes=Planes(1, 3, 4)), file)


ODD: dict[str, tuple[Callable[[Values], object], str]] = {
    "inputs": (
        lambda n: n["black_boxes"]["0"].update(window=[1, 2]),
        "layer 1 has 8 inputs, and 24|values reach",
    ),
    "maxima": (lambda n: n["black_boxes"]["0"]["planes"].update(channels=5), "maxima of 5 x 3 x 4 values"),
    "no planes": (lambda n: n["black_boxes"]["0"]["planes"].update(channels=-1), "channels = -1"),
    "a box": (lambda n: n["black_boxes"].update({"0": 3}), r"black_boxes\[0\] is 3; expected a function"),
    "a far box": (lambda n: n["black_boxes"].update({"7": n["black_boxes"]["0"]}), "black_boxes of layer 7"),
    "a far window": (lambda n: n.update(read_from=2), "read_from = 2; expected a layer, from 0 to 1"),
    "neurons": (
        lambda n: n.update(population=n["bus"]),
        "population is a Bus; expected a part",
    ),
    "a bus of nothing": (lambda n: n.update(bus=None), "bus is None"),
    "far neurons": (lambda n: n["populations"].update({"5": n["population"]}), "populations of layer 5"),
    "other neurons": (lambda n: n["populations"].update({"0": 5}), r"populations\[0\] is 5"),
    "a length": (lambda n: n.update(normalisation="none?"), "normalisation = 'none.'"),
    "a gain": (
        lambda n: n.update(constant_gain="1.0"),
        "constant_gain = '1.0': Input should be",
    ),
    "an epsilon": (lambda n: n.update(epsilon=True), "epsilon = True"),
    "a scale": (lambda n: n["goodness"].update(scale="1.0"), "a Goodness of other fields"),
    "classes": (lambda n: n["asking"].update(classes=2**40), "fewer|classes"),
    "room": (lambda n: n["asking"].update(classes=9), "8 neurons for 9 classes"),
    "bits": (lambda n: n["bus"].update(bits=10**400), "bits = 10000"),
    "precision": (
        lambda n: n.update(precision={"dtype": "float64"}),
        "has float32 of shape .*; expected float64",
    ),
    "planes for synapses": (lambda n: n["layers"][0].update(synapses=n["bus"]), "synapses of layer 0"),
    "a part for a number": (lambda n: n["goodness"].update(scale=n["bus"]), "scale is a Bus"),
    "a number for a part": (lambda n: n["layers"][0]["synapses"].update(planes=5), "a Conv of other fields"),
    "no layers": (lambda n: n.update(layers=[]), "without layers"),
}


@pytest.mark.parametrize("how", list(ODD))
def test_parts_that_do_not_belong_together_are_named(tmp_path: Path, how: str) -> None:
    file, (edit, words) = tmp_path / "network.safetensors", ODD[how]
    saved(file)
    assert load_network(file).classes == CLASSES
    edit_values(file, lambda values: edit(values["network"]))
    with pytest.raises(RunError, match=words) as caught:
        load_network(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32])
def test_tensors_of_another_type_are_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    file = tmp_path / "network.safetensors"
    saved(file)
    edit_tensors(file, lambda tensors: tensors.update({n: t.to(dtype) for n, t in tensors.items()}))
    name = str(dtype).removeprefix("torch.")
    with pytest.raises(RunError, match=rf"{file}: tensor 'layers.0.*' has {name} of .*; expected float32"):
        load_network(file)


def test_a_format_to_come_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "network.safetensors"
    saved(file)
    edit_values(file, lambda values: values.update(format=2))
    with pytest.raises(RunError, match=rf"{file}: format 2; expected 1"):
        load_network(file)


@pytest.fixture(scope="module", params=["dense", "convolution"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    directory = RunDirectory(tmp_path_factory.mktemp(request.param))
    settings = ("form=groups", "loss=softmax", "goodness=linear") if request.param == "dense" else CONV
    train_run(directory, configured("epochs=1", "asking.mirrored=true", *settings), synthetic())
    return directory


OTHER: dict[str, tuple[dict[str, Any], str]] = {
    "turned": ({"planes": [1, 4, 3]}, "planes|asking|layers|tensor"),
    "a row": ({"planes": [1, 1, 12]}, "planes|images of"),
    "channels": ({"planes": [3, 2, 2]}, "asking|layers|tensor|planes"),
    "more": ({"planes": [1, 30, 40]}, "pixels: 12 with planes of 1 × 30 × 40; expected 1200"),
    "huge": ({"planes": [2**24, 2**24, 2**24]}, "pixels: 12 with planes"),
    "huge and its pixels": ({"planes": [1, 2**12, 2**12], "pixels": 2**24}, "pixels: 16777216|tensor|asking"),
    "classes": ({"classes": 3}, "asking|classes"),
    "many classes": ({"classes": 60_000}, "neurons for 60000 classes|asking"),
    "a window": ({"window": [1, 5]}, "layers 0 to 4"),
    "another engine": ({"engine": "numba"}, "engine: 'numba'; expected torch, as network.safetensors says"),
    "another format": ({"format": 3}, "format 3"),
}


@pytest.mark.parametrize("how", list(OTHER))
def test_sizes_of_other_images_are_refused(run: RunDirectory, tmp_path: Path, how: str) -> None:
    copy, (changed, words) = RunDirectory(tmp_path / "run"), OTHER[how]
    copy.path.mkdir()
    for file in run.path.iterdir():
        (copy.path / file.name).write_bytes(file.read_bytes())
    without_digests(copy.result_file, lambda values: values.update(changed))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NeuroffError, match=words) as caught:
        load_run(copy)
    assert str(copy.path) in str(caught.value)
    assert "result.json" in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**18  # kB


def test_images_of_other_shapes_are_refused(run: RunDirectory) -> None:
    found = load_run(run)
    cases = (
        (synthetic(shape=(4, 3)), r"planes: 1 x 4 x 3; expected 1 x 3 x 4, as the run's result.json says"),
        (synthetic(shape=(4, 4)), "pixels: 16; expected 12"),
        (synthetic(classes=3), "classes: 3; expected 4"),
    )
    for data, words in cases:
        with pytest.raises(DataError, match=words):
            require_alike(found, data)
        with pytest.raises(DataError, match=words):
            measure(found, data)
    require_alike(found, synthetic(seed=3))


def test_a_description_of_another_network_is_refused(run: RunDirectory, tmp_path: Path) -> None:
    copy = RunDirectory(tmp_path / "run")
    copy.path.mkdir()
    for file in run.path.iterdir():
        (copy.path / file.name).write_bytes(file.read_bytes())
    tensors, values = read_tensors(copy.network_file)
    values["network"]["goodness"]["scale"] = 2.0
    write_tensors(copy.network_file, tensors, json.loads(json.dumps(values)))
    without_digests(copy.result_file)
    with pytest.raises(RunError, match=r"safetensors: goodness .*as config\.json and result"):
        load_run(copy)
    del values["network"]  # as an older version wrote it
    write_tensors(copy.network_file, tensors, values)
    assert load_run(copy).result.classes == CLASSES


def test_what_an_older_file_does_not_say_is_as_its_configuration_has_it(
    run: RunDirectory, tmp_path: Path
) -> None:
    copy = RunDirectory(tmp_path / "run")
    shutil.copytree(run.path, copy.path)
    edit_values(copy.network_file, lambda values: [values["network"].pop(part) for part in SINCE])
    without_digests(copy.result_file)
    found = load_run(copy)
    assert found.network.prediction == found.config.network.prediction != SINCE["prediction"]
    edit_values(copy.network_file, lambda values: values["network"].update(prediction="window"))
    without_digests(copy.result_file)
    with pytest.raises(RunError, match="prediction 'window'; expected 'goodness', as config"):
        load_run(copy)
