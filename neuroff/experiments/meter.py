"""Joules from the counters of this machine: RAPL for processors, NVML for NVIDIA's graphics cards.

Both counters enclose more than neuroff: every program on the package or card, and its standing power. So the
power of idling is measured just before and told apart.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from neuroff.errors import NeuroffError

POWERCAP = Path("/sys/class/powercap")
_NVML_NAMES = ("libnvidia-ml.so.1", "nvml.dll")


class Meter(Protocol):
    """A counter of energy.

    Attributes:
        name: of the counter.
        boundary: what it encloses.
    """

    name: str
    boundary: str

    def read_J(self) -> float:
        """Return joules since some fixed moment; never falls."""
        ...


@dataclass(frozen=True)
class NoMeter:
    """Why there is no counter to read, in one sentence."""

    reason: str


@dataclass(frozen=True)
class Reading:
    """What a counter saw while a task was repeated.

    Attributes:
        rounds: how often it ran.
        seconds: of all rounds together.
        energy_J: of all rounds together.
        idle_W: power just before.
    """

    rounds: int
    seconds: float
    energy_J: float
    idle_W: float


class Rapl:
    """Intel's and AMD's running average power limit counters, all packages together."""

    name = "RAPL"
    boundary = "processor packages, everything that runs on them"

    def __init__(self, zones: Sequence[Path]) -> None:
        self._zones = tuple(zones)
        self._wraps = [_microjoules(zone / "max_energy_range_uj") for zone in self._zones]
        self._last = [_microjoules(zone / "energy_uj") for zone in self._zones]
        self._total = 0

    def read_J(self) -> float:
        """Return joules since the counter was opened; the registers wrap and may be read too seldom."""
        for index, zone in enumerate(self._zones):
            now = _microjoules(zone / "energy_uj")
            step = now - self._last[index]
            self._total += step if step >= 0 else step + self._wraps[index]
            self._last[index] = now
        return self._total * 1e-6


class Nvml:
    """The total energy counter of one NVIDIA card, Volta or newer."""

    name = "NVML"
    boundary = "graphics card, everything that runs on it"

    def __init__(self, library: ctypes.CDLL, handle: ctypes.c_void_p) -> None:
        self._library, self._handle = library, handle

    def read_J(self) -> float:
        """Return joules since the driver was loaded."""
        millijoules = ctypes.c_ulonglong()
        status = self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle, ctypes.byref(millijoules))
        if status:
            raise NeuroffError(f"NVML error {status}", where="--measure", fix="measure without other users")
        return millijoules.value * 1e-3


def find_meter(device: str = "cpu", powercap: Path = POWERCAP) -> Meter | NoMeter:
    """Return the counter of a device, or why there is none.

    Args:
        device: ``cpu`` or ``cuda:N``.
        powercap: where the kernel shows RAPL.
    """
    return _find_nvml(device) if device.startswith("cuda") else _find_rapl(powercap)


def measure(
    meter: Meter,
    task: Callable[[], object],
    *,
    idle_s: float = 2.0,
    least_s: float = 3.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> Reading:
    """Read a counter while idling, and then while a task is repeated.

    Args:
        meter: the counter.
        task: what to measure; it has finished when it returns.
        idle_s: how long to idle before.
        least_s: how long to repeat the task, since counters move in steps.
        sleep: waits.
        clock: seconds.
    """
    task()  # what is only slow the first time stays out
    start, before = clock(), meter.read_J()
    sleep(idle_s)
    idle_W = (meter.read_J() - before) / max(clock() - start, 1e-9)
    rounds, start, before = 0, clock(), meter.read_J()
    while True:
        task()
        rounds += 1
        now, spent = clock(), meter.read_J() - before
        if now - start >= least_s:
            return Reading(rounds, now - start, spent, idle_W)


def _find_rapl(powercap: Path) -> Meter | NoMeter:
    # Packages are named intel-rapl:N, on AMD as well; their parts, intel-rapl:N:M, are already in them.
    zones = sorted(zone for zone in powercap.glob("intel-rapl:*") if zone.name.count(":") == 1)
    if not zones:
        return NoMeter(f"this machine shows no RAPL counter ({powercap}/intel-rapl:* is not there)")
    try:
        return Rapl(zones)
    except PermissionError:
        return NoMeter(f"{zones[0]}/energy_uj may be read by the administrator only")
    except (OSError, ValueError) as error:
        return NoMeter(f"{zones[0]} cannot be read ({error})")


def _microjoules(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))


def _find_nvml(device: str) -> Meter | NoMeter:
    library = _load(_NVML_NAMES)
    if library is None:
        return NoMeter("NVIDIA's management library (NVML) is not installed")
    if library.nvmlInit_v2():
        return NoMeter("NVIDIA's management library (NVML) does not start")
    # NVML counts all cards; torch only those made visible to it, so the card is named by its identifier.
    properties = torch.cuda.get_device_properties(torch.device(device))
    handle = ctypes.c_void_p()
    found = library.nvmlDeviceGetHandleByUUID(f"GPU-{properties.uuid}".encode(), ctypes.byref(handle))
    if found:
        return NoMeter(f"NVML does not know the card {device}")
    probe = ctypes.c_ulonglong()
    if library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(probe)):
        return NoMeter("the card has no energy counter (Volta and newer have one)")
    return Nvml(library, handle)


def _load(names: Sequence[str]) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None
