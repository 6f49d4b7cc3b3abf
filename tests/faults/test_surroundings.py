"""Full disks, folders that cannot be written, no home, no terminal, a clock that jumps, two at once."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

import pytest

from neuroff.claims import claimed
from neuroff.results import RunResult
from tests.faults.running import TRAIN, neuroff, one_message

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in usual surroundings."""
    out = tmp_path_factory.mktemp("usual") / "run"
    done = neuroff(*TRAIN, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def same_network(one: Path, other: Path) -> None:
    name = "network.safetensors"
    assert (one / name).read_bytes() == (other / name).read_bytes()


def test_a_disk_that_fills_up_is_one_message_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """The limit on a file's size is met while the checkpoint is written, as a full disk would be."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = neuroff(*TRAIN, "--out", tmp_path / "run", before=limited)
    assert "cannot write (File too large)" in one_message(done)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.json"]
    again = neuroff(*TRAIN, "--out", tmp_path / "run", "--resume")
    assert again.returncode == 0, again.stderr
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"config.json", "network.safetensors", "result.json"}


@pytest.mark.parametrize("kind", ["file", "proc", "missing device"])
def test_folders_that_cannot_be_written(kind: str, tmp_path: Path, trained: Path) -> None:
    (tmp_path / "file").touch()
    folder = {
        "file": tmp_path / "file",
        "proc": Path("/proc/neuroff"),
        "missing device": Path("/sys/neuroff"),
    }
    out = folder[kind] / "run"
    assert str(folder[kind]) in one_message(neuroff(*TRAIN, "--out", out))
    exported = neuroff("energy", trained, "--images", "4", "--html", out / "page.html", "-q")
    assert "cannot write" in one_message(exported)
    assert (tmp_path / "file").read_bytes() == b""


def test_without_a_home(tmp_path: Path, trained: Path) -> None:
    """No HOME, no user's folders; matplotlib and the cache of compiled code have nowhere to write."""
    done = neuroff(*TRAIN, "--out", tmp_path / "run", env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr
    same_network(tmp_path / "run", trained)
    nowhere = {"PATH": os.environ["PATH"], "HOME": "/proc/nobody", "XDG_CACHE_HOME": "/proc/nobody"}
    pages = neuroff("energy", trained, "--images", "4", "--out", tmp_path / "figures", "-q", env=nowhere)
    assert pages.returncode == 0, pages.stderr
    assert list((tmp_path / "figures").glob("*.svg"))
    fetched = neuroff("data", "fetch", "mnist", env=nowhere)
    assert "/proc/nobody" in one_message(fetched)


def test_without_a_terminal_or_with_nothing_open(tmp_path: Path, trained: Path) -> None:
    def nothing_open() -> None:
        os.setsid()
        for number in range(3):
            os.close(number)

    done = neuroff(*TRAIN, "--out", tmp_path / "run", before=nothing_open, stdout=None, stderr=None)
    assert done.returncode == 0
    same_network(tmp_path / "run", trained)
    dumb = neuroff(
        *TRAIN, "--out", tmp_path / "dumb", env={"PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C"}
    )
    assert dumb.returncode == 0, dumb.stderr
    assert "\x1b" not in dumb.stdout


def test_a_clock_that_jumps(tmp_path: Path, trained: Path) -> None:
    """Hours back and years ahead from call to call: the same bits, and times that are none of it."""
    prelude = (
        "import time, itertools\n"
        "jumps = itertools.cycle([0.0, -7200.0, 3e8, -1e9, 1.0])\n"
        "real = time.time\n"
        "time.time = lambda: real() + next(jumps)\n"
        "time.time_ns = lambda: int(time.time() * 1e9)"
    )
    done = neuroff(*TRAIN, "--out", tmp_path / "run", prelude=prelude)
    assert done.returncode == 0, done.stderr
    same_network(tmp_path / "run", trained)
    seconds = RunResult.read(tmp_path / "run" / "result.json").training_seconds.total
    assert 0 <= seconds < 300


def test_two_processes_in_one_folder(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with claimed(out):  # this process is at work there
        told = one_message(neuroff(*TRAIN, "--out", out))
        assert "another process is at work here" in told
        assert str(out) in told
    assert not out.exists()
    assert neuroff(*TRAIN, "--out", out).returncode == 0


@pytest.mark.parametrize("stream", ["/dev/full", "closed pipe"])
def test_output_that_cannot_be_written(stream: str, trained: Path) -> None:
    command = ("evaluate", trained)
    if stream == "/dev/full":
        with open(stream, "w") as full:
            done = neuroff(*command, stdout=full)
        assert "No space left on device" in one_message(done)
        return
    read, write = os.pipe()
    os.close(read)
    done = neuroff(*command, stdout=write)
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == ""


def test_pipes_devices_and_links_are_written_through(tmp_path: Path, trained: Path) -> None:
    pipe, link, real = tmp_path / "pipe.html", tmp_path / "link.html", tmp_path / "real.html"
    os.mkfifo(pipe)
    link.symlink_to(real)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    for out in (pipe, link, Path("/dev/null")):
        done = neuroff(
            "energy", trained, "--images", "4", "--profile", "loihi1-davies2018", "--html", out, "-q"
        )
        assert done.returncode == 0, done.stderr
    page, _ = reader.communicate(timeout=60)
    assert page.rstrip().endswith(b"</html>")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert real.read_bytes().rstrip().endswith(b"</html>")
    assert Path("/dev/null").is_char_device()
    full = neuroff("energy", trained, "--images", "4", "--html", "/dev/full", "-q")
    assert "No space left on device" in one_message(full)
    assert Path("/dev/full").is_char_device()
