"""Where tensors live."""

from __future__ import annotations

import torch

from neuroff.errors import ConfigError


def require_device(name: str) -> str:
    """Return the name of a device that is there.

    Raises:
        ConfigError: if it is unknown or absent.
    """
    try:
        device = torch.device(name)
    except RuntimeError:
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
