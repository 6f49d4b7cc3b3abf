from __future__ import annotations

from collections.abc import Callable

import pytest

from neuroff.energy import Counts, load_profile
from neuroff.energy.pricing.account import Counted, account
from neuroff.energy.pricing.learning import LearningWork, StageWork
from neuroff.energy.pricing.twin import dense_twin
from neuroff.energy.work import LayerWork, NetworkWork
from neuroff.experiments.measured import Measured
from neuroff.report.energy.report import EnergyReport

PROFILES = (
    "loihi1-davies2018",
    "loihi1-sanafe",
    "generic-horowitz45",
    "generic-jouppi7",
    "odin",
    "xylo-a2",
    "spinnaker1-allin",
)
Build = Callable[..., EnergyReport]


def spiking_work(steps: int = 4, labels: int = 10) -> NetworkWork:
    """Two spiking layers, 40 inputs of which ten hold the label; spikes in, no analog values."""
    first = LayerWork(
        "layer 1", 40, 20, 800, received=(30.0,) * steps, events=(600.0,) * steps, zero_events=(0.0,) * steps,
        spikes=(25.0,) * steps, active=(150.0,) * steps,
    )  # fmt: skip
    second = LayerWork(
        "layer 2", 20, 10, 200, received=(25.0,) * steps, events=(250.0,) * steps, zero_events=(0.0,) * steps,
        spikes=(12.0,) * steps, active=(80.0,) * steps, gains=10.0,
    )  # fmt: skip
    return NetworkWork("spiking", (first, second), steps, labels, scored=True)


def learning_of(work: NetworkWork) -> tuple[LearningWork, ...]:
    learns = NetworkWork(
        "training",
        tuple(
            LayerWork(
                layer.name, layer.inputs, layer.neurons, layer.synapses, spiking=layer.spiking,
                received=layer.received, events=layer.events, zero_events=layer.zero_events,
                spikes=layer.spikes, active=tuple(amount / 5 for amount in layer.active),
                products=layer.products, updates=300.0 if layer.spiking else 0.0,
            )
            for layer in work.layers
        ),
        work.steps,
        2,
        scored=True,
    )  # fmt: skip
    bus = Counts({"bus_broadcasts": 4.0, "adds_float32": 8.0, "muls_float32": 4.0})
    none = Counts()
    rule = Counts({"trace_updates": 240.0} if work.layers[0].spiking else {"macs_float32": 2000.0})
    return tuple(
        LearningWork(variant, (StageWork(learns, rule + extra, extra),))
        for variant, extra in (("acff", bus), ("ff", none), ("fcff", bus))
    )


@pytest.fixture
def build() -> Build:
    def make(
        path: str = "spiking",
        profiles: tuple[str, ...] = PROFILES,
        *,
        measured: bool = False,
        run: str = "runs/x",
    ) -> EnergyReport:
        work = spiking_work()
        if path == "dense":
            work = dense_twin(work, dtype="float32", label_columns=10)
        counted = Counted(
            work,
            work,
            10,
            learning_of(work),
            updates_per_sample=0.02,
            usual_bit=8 if path == "spiking" else 32,
        )
        meter = Measured("RAPL", "processor packages", "1 threads", 500, 2e-3, 0.05, 8.0)
        return EnergyReport(
            run=run,
            dataset="digits",
            path=path,
            variant="acff",
            images=100,
            learning_images=50,
            epoch_images=1000,
            firing_rate=(0.1, 0.2) if path == "spiking" else (),
            counted=counted,
            accounts=tuple(account(counted, load_profile(name)) for name in profiles),
            measured=meter if measured else None,
            versions={"neuroff": "0.1.0"},
            commit="abc123",
        )

    return make
