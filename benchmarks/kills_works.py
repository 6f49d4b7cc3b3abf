"""Commands that are killed, and the server that one of them downloads from."""

from __future__ import annotations

import hashlib
import http.server
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_SMALL = ("--dataset", "digits", "--set", "train_count=300", "--set", "evaluate_every=0")
_TRAIN = ("train", *_SMALL, "--set", "widths=30,20", "--set", "checkpoint_every=1", "--variant", "acff")
_SPIKES = (*_TRAIN, "--path", "spiking", "--set", "neuron.steps=4", "--set", "reset=zero", "--epochs", "8")
_ONLINE = ("--set", "gain=online", "--set", "collaboration.timing=online")


@dataclass(frozen=True)
class Work:
    """A command, and the one that is given after it was killed.

    Attributes:
        first: arguments; OUT stands for the folder that is compared, RUN for a finished run.
        more: arguments that the second command has besides.
        share: of the kills, in 200.
    """

    first: tuple[str, ...]
    more: tuple[str, ...] = ()
    share: int = 26


WORKS: dict[str, Work] = {
    "train, dense": Work((*_TRAIN, "--epochs", "30", "--out", "OUT/run"), ("--resume",)),
    "train, spiking, batch": Work((*_SPIKES, "--out", "OUT/run"), ("--resume",)),
    "train, spiking, online_end": Work(
        (*_SPIKES, *_ONLINE, "--set", "neuron.rule=online_end", "--out", "OUT/run"), ("--resume",)
    ),
    "train, spiking, online_step": Work(
        (*_SPIKES, *_ONLINE, "--set", "neuron.rule=online_step", "--out", "OUT/run"), ("--resume",)
    ),
    "energy": Work(
        (
            *("energy", "RUN", "--images", "30", "--learning-images", "5", "--profile", "loihi1-sanafe"),
            *("--html", "OUT/page.html", "--markdown", "OUT/page.md", "--out", "OUT/figures"),
            *("--figures", "svg", "--tables", "csv"),
        ),
        share=18,
    ),
    "export, nir": Work(("export", "RUN", "--to", "nir", "--out", "OUT/network.nir"), ("--force",), 14),
    "export, loihi": Work(("export", "RUN", "--to", "loihi", "--out", "OUT/network.loihi"), ("--force",), 14),
    "export, sanafe": Work(("export", "RUN", "--to", "sanafe", "--out", "OUT/sanafe"), ("--force",), 14),
    "compare": Work(
        (
            *("compare", *_SMALL, "--set", "widths=20,10", "--set", "neuron.steps=3", "--set", "epochs=2"),
            *("--variants", "ff,acff", "--figures", "svg", "--out", "OUT/compare"),
        ),
        ("--resume",),
        8,
    ),
    "reproduce": Work(
        (
            *("reproduce", "--quick", "--set", "widths=16,10", "--set", "epochs=2", "--seeds", "1"),
            *("--set", "train_count=200", "--columns", "ff,acff,bp", "--figures", "svg"),
            *("--out", "OUT/reproduce"),
        ),
        ("--resume",),
        6,
    ),
    "download": Work(("fetch", "OUT/data"), share=22),
}


def run(work: Work, out: Path, finished: Path, url: str, again: bool) -> int:
    """Do a work in this process and return its exit code."""
    if work.first[0] == "fetch":
        return _fetch(out / "data", url)
    from neuroff.cli.main import run as command

    given = (*work.first, *(work.more if again else ()))
    return command([word.replace("OUT", str(out)).replace("RUN", str(finished)) for word in given])


def _fetch(root: Path, url: str) -> int:
    from neuroff.data.catalog import MNIST
    from neuroff.data.download import fetch_set
    from neuroff.data.location import DataRoot

    names = ("train_images", "train_labels", "test_images", "test_labels")
    files = {name: _published(getattr(MNIST, name)) for name in names}
    fetch_set(replace(MNIST, mirrors=(url,), **files), DataRoot(root, named=True))
    return 0


def _body(name: str) -> bytes:
    """Return what the server sends for a file: as many bytes as make a transfer take a while."""
    return hashlib.shake_256(name.encode()).digest(200_000)


def _published(file: Any) -> Any:
    body = _body(file.gz_name)
    sha256, md5 = hashlib.sha256(body).hexdigest(), hashlib.md5(body, usedforsecurity=False).hexdigest()
    return replace(file, gz_bytes=len(body), gz_sha256=sha256, gz_md5=md5, raw_sha256=None)


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a slow server on this machine, a process of its own."""

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = _body(self.path.rpartition("/")[2])
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for start in range(0, len(body), 20_000):
                    self.wfile.write(body[start : start + 20_000])
                    time.sleep(0.01)
            except OSError:
                return  # killed

        def log_message(self, format: str, *args: object) -> None:
            return

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    child = os.fork()
    if not child:
        try:
            listening.serve_forever()
        finally:
            os._exit(0)
    port = listening.server_address[1]
    listening.socket.close()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
