from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from neuroff.cli.main import run
from tests.results.checking import misfits

h5py = pytest.importorskip("h5py")

SMALL = [
    "--epochs", "3", "--set", "widths=24,16", "--set", "neuron.steps=5", "--set", "neuron.reset=zero",
    "--set", "train_count=300",
]  # fmt: skip
TARGETS = {
    "nir": ["--flavour", "nir"],
    "loihi": ["--bits", "6"],
    "netx": [],
    "c": ["--spikes", "--bits", "4"],
    "sanafe": ["--image", "3", "--label", "2"],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    assert run(["train", "--path", "spiking", *SMALL, "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def exported(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for target, options in TARGETS.items():
        out = str(folder / target)
        assert run(["export", str(trained), "--to", target, *options, "--out", out]) == 0
    return folder


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_exported_is_verified(
    trained: Path, exported: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    assert run(["verify", str(exported / target), str(trained), "--images", "12", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert misfits("verify", told) == []
    assert told["kind"] == target
    assert told["agree"] is True
    assert told["first"] is None
    assert told["differing"] == 0
    assert told["spikes"] > 0
    assert set(told["accuracy"]) == {"file", "export", "run"}
    assert told["accuracy"]["file"] == told["accuracy"]["export"]


def test_export_tells_what_it_changed(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "n.safetensors"
    assert run(["export", str(trained), "--to", "loihi", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert misfits("export", told) == []
    assert told["files"] == [str(out)]
    assert told["bytes"] == out.stat().st_size
    assert told["widths"] == [784, 24, 16]
    assert told["bits"] == 8
    assert "weights of 8 bits, potentials of 24" in told["notes"]
    words = " ".join(told["notes"])
    assert re.search(r"of 200 training images [\d.]+ % are right as trained, [\d.]+ % as integers", words)
    assert re.search(r"fits .*loihi1-davies2018", words)
    assert "does not fit truenorth-marginal: fan_in (layer 1): needs 784, has 256" in told["notes"]
    assert run(["export", str(trained), "--to", "loihi", "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert run(["export", str(trained), "--to", "loihi", "--out", str(out), "--force"]) == 0
    assert "neuroff verify" in capsys.readouterr().out


@pytest.mark.parametrize("to", ["nir", "netx", "loihi", "c"])
def test_a_pipe_gets_what_a_file_would_and_stays(
    to: str, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, pipe, found = tmp_path / "file", tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    for out in (pipe, file):
        assert run(["export", str(trained), "--to", to, "--out", str(out)]) == 0, capsys.readouterr().err
    reader.join(10)
    assert pipe.is_fifo()
    assert len(found[0]) == file.stat().st_size
    if to != "netx":  # an HDF5 file holds the time of writing
        assert found[0] == file.read_bytes()


def test_a_difference_is_told_and_ends_in_code_1(
    trained: Path, exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "changed"
    shutil.copy(exported / "netx", other)
    with h5py.File(other, "r+") as file:
        file["layer/1/neuron/vThMant"][...] = 0
    assert run(["verify", str(other), str(trained), "--images", "3"]) == 1
    out = capsys.readouterr().out
    assert "neuron-steps differ" in out
    assert "layer 2" in out
    assert run(["verify", str(other), str(trained), "--images", "3", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert misfits("verify", told) == []
    assert told["agree"] is False
    assert told["first"]["layer"] == 1
    assert told["first"]["fired"] == "file"


def test_the_network_of_another_run(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "run"
    changed = ["widths=20,16" if part == "widths=24,16" else part for part in SMALL]
    assert run(["train", "--path", "spiking", *changed, "--out", str(other)]) == 0
    for target in TARGETS:
        capsys.readouterr()
        assert run(["verify", str(exported / target), str(other)]) == 2
        assert "a network of widths" in capsys.readouterr().err


@pytest.mark.parametrize("library", ["snntorch", "norse"])
def test_other_simulators(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], library: str
) -> None:
    pytest.importorskip("nir")
    pytest.importorskip(library)
    out = str(tmp_path / "n.nir")
    assert run(["export", str(trained), "--to", "nir", "--flavour", library, "--out", out]) == 0
    capsys.readouterr()
    assert run(["verify", out, str(trained), "--simulator", library, "--images", "10", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ran_by"].startswith(library)
    assert told["spikes"] > 0
    other = "norse" if library == "snntorch" else "snntorch"
    assert run(["verify", out, str(trained), "--simulator", other]) == 2
    assert other in capsys.readouterr().err


@pytest.mark.parametrize("target", ["nir", "loihi", "netx", "c"])
@pytest.mark.parametrize("damage", ["half", "flipped"])
def test_damaged_files_end_in_code_2(
    trained: Path,
    exported: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    target: str,
    damage: str,
) -> None:
    content = bytearray((exported / target).read_bytes())
    damaged = tmp_path / "damaged"
    if damage == "half":
        content = content[: len(content) // 2]
    else:
        content[20:40] = bytes(byte ^ 0x55 for byte in content[20:40])
    damaged.write_bytes(content)
    assert run(["verify", str(damaged), str(trained)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("neuroff: ")
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "nowhere", "--to", "nir", "--out", "n"], ["nowhere", "not a run directory"]),
        (["export", "RUN", "--to", "onnx", "--out", "n"], ["onnx"]),
        (["export", "RUN", "--to", "nir"], ["--out"]),
        (["export", "RUN", "--to", "nir", "--bits", "4", "--out", "n"], ["--bits with --to nir"]),
        (["export", "RUN", "--to", "c", "--flavour", "norse", "--out", "n"], ["--flavour with --to c"]),
        (["export", "RUN", "--to", "netx", "--spikes", "--out", "n"], ["--spikes with --to netx"]),
        (["export", "RUN", "--to", "c", "--bits", "9", "--out", "n"], ["--bits"]),
        (["export", "RUN", "--to", "sanafe", "--profile", "loihi9", "--out", "n"], ["loihi9"]),
        (["export", "RUN", "--to", "sanafe", "--image", "99999", "--out", "n"], ["image 99999"]),
        (["export", "RUN", "--to", "sanafe", "--label", "10", "--out", "n"], ["label 10"]),
        (["export", "RUN", "--to", "c", "--label", "1", "--out", "n"], ["--label with --to c"]),
        (["verify", "nowhere", "RUN"], ["nowhere", "cannot read"]),
        (["verify", ".", "RUN"], ["a folder without snn.yaml"]),
        (["verify", "RUN/config.json", "RUN"], ["of no kind that neuroff exports"]),
        (["verify", "RUN/network.safetensors", "RUN"], ["another kind of safetensors"]),
        (["verify", "FILES/c", "RUN", "--simulator", "norse"], ["--simulator norse"]),
        (["verify", "FILES/c", "nowhere"], ["nowhere"]),
    ],
)
def test_bad_input_is_one_message_and_code_2(
    trained: Path,
    exported: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [part.replace("RUN", str(trained)).replace("FILES", str(exported)) for part in arguments]
    assert run(given) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for word in words:
        assert word in captured.err
    assert "Traceback" not in captured.err
    assert not list(tmp_path.iterdir()), "bad input leaves nothing behind"


def test_dense_runs_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "dense"
    assert run(["train", "--epochs", "1", "--set", "widths=10", "--out", str(out)]) == 0
    capsys.readouterr()
    assert run(["export", str(out), "--to", "c", "--out", str(tmp_path / "n.h")]) == 2
    assert "Train with --path spiking" in capsys.readouterr().err


def test_reset_by_subtraction_needs_a_flavour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    subtract = ["neuron.reset=subtract" if part == "neuron.reset=zero" else part for part in SMALL]
    assert run(["train", "--path", "spiking", *subtract, "--out", str(out)]) == 0
    capsys.readouterr()
    assert run(["export", str(out), "--to", "nir", "--out", str(tmp_path / "n.nir")]) == 2
    assert "reset by subtraction" in capsys.readouterr().err
    assert run(["export", str(out), "--to", "nir", "--flavour", "sinabs", "--out", str(tmp_path / "n")]) == 0


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "neuroff export runs/spiking --to loihi" in " ".join(shown.split())
    assert run(["verify", "--help"]) == 0
    assert "Exit code 0" in " ".join(capsys.readouterr().out.split())


WITHOUT_H5PY = """
import sys
import threading
sys.modules["h5py"] = None
from neuroff.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(("target", "code"), [("nir", 2), ("netx", 2), ("c", 0)])
def test_h5py_is_needed_for_hdf5_alone(trained: Path, tmp_path: Path, target: str, code: int) -> None:
    command = [sys.executable, "-c", WITHOUT_H5PY, "export", str(trained), "--to", target]
    done = subprocess.run([*command, "--out", str(tmp_path / "n")], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert ("neuroff[export]" in done.stderr) == (code == 2)
    assert "Traceback" not in done.stderr
    assert len(list(tmp_path.iterdir())) == (code == 0)


def test_group_normalisation_leaves_for_nothing_and_is_evaluated_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    settings = ["--set", "network.group_norm=4", "--set", "network.gain=constant"]
    assert run(["train", "--path", "spiking", *SMALL, *settings, "--out", str(out), "--quiet"]) == 0
    assert run(["evaluate", str(out)]) == 0
    assert run(["energy", str(out), "--images", "5", "--profile", "loihi1-davies2018"]) == 0
    capsys.readouterr()
    asked = [["export", str(out), "--to", to, "--out", str(tmp_path / to)] for to in TARGETS]
    for command in (*asked, ["energy", str(out), "--images", "5", "--as", "exported"]):
        assert run(command) == 2
        said = capsys.readouterr().err
        assert re.search(
            r"group normalisation \(network\.group_norm=4\).*network\.standardise=true", said, re.S
        )
        assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
