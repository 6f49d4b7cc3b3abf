"""Where tensors live, and how much memory there is for them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch

from neuroff.errors import ConfigError

DeviceName = TypeVar("DeviceName", str, torch.device, str | torch.device)


def require_device(name: DeviceName) -> DeviceName:
    """Return the name of a device that is there.

    Raises:
        ConfigError: if it is unknown or absent.
    """
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ConfigError(
            f"unknown device {name!r}", where="--device", expected="cpu, cuda, or cuda:N"
        ) from None
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise ConfigError("no CUDA device is available", where="--device", fix="use --device cpu")
        if (device.index or 0) >= torch.cuda.device_count():
            raise ConfigError(
                f"no device {name!r}",
                where="--device",
                expected=f"at most cuda:{torch.cuda.device_count() - 1}",
            )
    elif device.type != "cpu":
        raise ConfigError(
            f"device {name!r} is not supported", where="--device", expected="cpu, cuda, or cuda:N"
        )
    return name


def available_bytes(device: torch.device | None = None) -> int | None:
    """Return the memory that this process may still take; None where that is not known.

    Args:
        device: whose memory; the machine's own (known on Linux) without.
    """
    if device is not None and device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    found = []
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii", errors="replace").splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        pass
    try:  # a container's own bound
        bound = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        found.append(max(bound - used, 0))
    except (OSError, ValueError):
        pass
    return min(found, default=None)
