from __future__ import annotations

import gzip
import hashlib
import os
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from neuroff.data.catalog import IdxFile, IdxSet
from neuroff.data.location import DataRoot


def encode_images(images: npt.NDArray[np.uint8]) -> bytes:
    return struct.pack(">4I", 2051, *images.shape) + images.tobytes()


def encode_labels(labels: npt.NDArray[np.uint8]) -> bytes:
    return struct.pack(">2I", 2049, len(labels)) + labels.tobytes()


@dataclass(frozen=True)
class TinySet:
    """A small data set in the published form: its specification and the bytes of its files."""

    spec: IdxSet
    gz: dict[str, bytes]
    raw: dict[str, bytes]

    def write(self, folder: Path, form: str = "gz") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for stem in self.gz:
            if form == "gz":
                (folder / f"{stem}.gz").write_bytes(self.gz[stem])
            else:
                (folder / stem).write_bytes(self.raw[stem])


def _tiny_set(name: str, seed: int, n_train: int = 20, n_test: int = 10) -> TinySet:
    rng = np.random.default_rng(seed)
    raw = {}
    for part, n in (("train", n_train), ("t10k", n_test)):
        raw[f"{part}-images-idx3-ubyte"] = encode_images(rng.integers(0, 256, (n, 28, 28), dtype=np.uint8))
        raw[f"{part}-labels-idx1-ubyte"] = encode_labels(rng.integers(0, 10, n, dtype=np.uint8))
    gz = {stem: gzip.compress(content, mtime=0) for stem, content in raw.items()}
    files = [
        IdxFile(
            stem=stem,
            gz_bytes=len(gz[stem]),
            gz_sha256=hashlib.sha256(gz[stem]).hexdigest(),
            gz_md5=hashlib.md5(gz[stem]).hexdigest(),
            raw_bytes=len(raw[stem]),
            raw_sha256=hashlib.sha256(raw[stem]).hexdigest(),
        )
        for stem in raw
    ]
    return TinySet(IdxSet(name, f"tiny {name}", "nobody", (), *files), gz, raw)


@pytest.fixture(scope="session")
def tiny() -> TinySet:
    return _tiny_set("mnist", seed=1)


@pytest.fixture(scope="session")
def other_tiny() -> TinySet:
    return _tiny_set("fashion-mnist", seed=2)


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data", named=True)


# What a test server answers: status, body, and the length it claims (None: no length, ends by closing).
Answer = tuple[int, Iterator[bytes] | bytes, int | None]


@dataclass
class Mirror:
    """An HTTP server on this machine with a table of answers and a log of what was asked."""

    url: str
    answers: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def serve(self, name: str, body: bytes) -> None:
        self.answers[name] = lambda: (200, body, len(body))

    def serve_set(self, tiny: TinySet) -> None:
        for stem, body in tiny.gz.items():
            self.serve(f"{stem}.gz", body)


@pytest.fixture
def mirror_factory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Mirror]]:
    for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("NO_PROXY", "*")
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def make() -> Mirror:
        mirror = Mirror("")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[-1]
                mirror.log.append(name)
                status, body, length = mirror.answers.get(name, lambda: (404, b"", 0))()
                self.send_response(status)
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                try:
                    for chunk in [body] if isinstance(body, bytes) else body:
                        self.wfile.write(chunk)
                except OSError:
                    pass  # the client hung up, which is what some tests are about

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}/data/"
        return mirror

    yield make
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()
