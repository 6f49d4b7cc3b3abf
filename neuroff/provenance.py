"""What made a result: versions, commit and machine."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

_LIBRARIES = ("torch", "numpy", "numba", "snntorch", "norse", "nir")


def versions() -> dict[str, str]:
    """Return the versions of neuroff, Python and the libraries that touch numbers and are installed."""
    found = {"python": platform.python_version()}
    for name in ("neuroff", *_LIBRARIES):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str | None:
    """Return the commit of the source checkout neuroff runs from, with ``+`` if it was changed since.

    ``None`` where neuroff is installed from a wheel or git is absent.
    """
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        head = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "neuroff")
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()


def machine(device: torch.device | str) -> dict[str, Any]:
    """Return what the run computed on, without the machine's name."""
    described: dict[str, Any] = {
        "system": platform.system(),
        "architecture": platform.machine(),
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "device": str(device),
    }
    if torch.device(device).type == "cuda":
        described["gpu"] = torch.cuda.get_device_name(device)
    return described


def peak_rss_bytes() -> int:
    """Return the largest resident size this process had."""
    try:
        # getrusage also counts what the parent process had before it started this one
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
