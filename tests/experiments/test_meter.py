from __future__ import annotations

from pathlib import Path

import pytest

from neuroff.experiments.meter import NoMeter, find_meter, measure


class Fake:
    name, boundary = "fake", "nothing"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def read_J(self) -> float:
        return self.clock.joules


class Clock:
    """Idles at 5 W; a round of the task takes half a second and 10 W."""

    def __init__(self) -> None:
        self.now, self.joules = 0.0, 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.joules += 5.0 * seconds

    def task(self) -> None:
        self.now += 0.5
        self.joules += 5.0


def zone(folder: Path, name: str, microjoules: int, most: int = 1000) -> Path:
    path = folder / name
    path.mkdir()
    (path / "energy_uj").write_text(f"{microjoules}\n")
    (path / "max_energy_range_uj").write_text(f"{most}\n")
    return path


def test_idle_power_and_task_are_told_apart() -> None:
    clock = Clock()
    reading = measure(Fake(clock), clock.task, sleep=clock.sleep, clock=lambda: clock.now)
    assert reading.idle_W == pytest.approx(5.0)
    assert reading.rounds == 6
    assert reading.seconds == pytest.approx(3.0)
    assert reading.energy_J == pytest.approx(30.0)


def test_packages_add_up_and_their_parts_do_not_count_twice(tmp_path: Path) -> None:
    first, second = zone(tmp_path, "intel-rapl:0", 100), zone(tmp_path, "intel-rapl:1", 900)
    zone(tmp_path, "intel-rapl:0:0", 50)
    meter = find_meter("cpu", tmp_path)
    assert not isinstance(meter, NoMeter)
    assert meter.read_J() == 0.0
    (first / "energy_uj").write_text("300")
    (second / "energy_uj").write_text("50")  # wrapped: 100 to the end of the register, 50 from its start
    assert meter.read_J() == pytest.approx((200 + 150) * 1e-6)
    assert meter.read_J() == pytest.approx((200 + 150) * 1e-6)


def test_no_counter_is_one_sentence(tmp_path: Path) -> None:
    found = find_meter("cpu", tmp_path)
    assert isinstance(found, NoMeter)
    assert "RAPL" in found.reason
    assert "\n" not in found.reason


def test_a_damaged_counter_is_one_sentence(tmp_path: Path) -> None:
    (zone(tmp_path, "intel-rapl:0", 1) / "energy_uj").write_text("much")
    found = find_meter("cpu", tmp_path)
    assert isinstance(found, NoMeter)
    assert "cannot be read" in found.reason
