from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

from neuroff.kernels import compiling
from neuroff.kernels.compiling import compiled

TWICE = "def twice(value):\n    return 2 * value\n"


def _twice(value: float) -> float:
    return 2 * value


def test_without_a_folder_to_keep_it_in_a_kernel_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Dispatcher) -> None:
        raise RuntimeError("cannot cache function '_twice': no locator available")

    monkeypatch.setattr(Dispatcher, "enable_caching", refuse)
    assert compiled(_twice)(21.0) == 42.0


def test_machine_code_is_kept_and_read_again(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("from neuroff.kernels.compiling import compiled\n@compiled\n" + TWICE)
    run = "import kernel; kernel.twice(2.0); print(sum(kernel.twice.stats.cache_hits.values()))"
    root = str(Path(__file__).resolve().parents[2])
    path = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {root!r}]; "
    hits = [
        subprocess.run([sys.executable, "-c", path + run], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert [hit.strip() for hit in hits] == ["0", "1"]


def test_any_file_of_the_room_makes_machine_code_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))
    (tmp_path / "rows.py").write_text("a = 1\n")
    before = compiling._stamp()
    (tmp_path / "rows.py").write_text("a = 12\n")
    assert compiling._stamp() != before


def test_numba_is_not_loaded_where_nothing_is_computed_by_it() -> None:
    check = "import sys, neuroff.core.network, neuroff.training; print('numba' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
