"""What an energy report holds, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neuroff.energy.pricing.account import Account, Counted, account_rankings
from neuroff.energy.pricing.ranking import Ranking
from neuroff.energy.pricing.what_if import WhatIf
from neuroff.experiments.measured import Measured
from neuroff.report.energy.graphs import GraphFacts
from neuroff.report.summary import variant_label
from neuroff.results.energy import EnergyResult


@dataclass(frozen=True)
class EnergyReport:
    """One run on some devices; amounts are per image.

    Attributes:
        run: where it is.
        dataset: named data set.
        path: dense or spiking.
        variant: ff, fcff or acff.
        images: test images that were counted.
        learning_images: training images that were counted.
        epoch_images: training images of an epoch.
        firing_rate: spikes per neuron and step of each layer; empty on the dense path.
        counted: the work.
        accounts: one per device.
        measured: joules measured on this machine; None where none were asked for or there is no meter.
        no_meter: why nothing was measured, if it was asked for.
        graph: what is said of a network that others trained; None for one of neuroff's.
        not_exported: why it is priced as simulated on chips too; empty where it is not.
        what_if: the network with one thing changed, by device; for networks that others trained.
        versions: of the software.
        commit: of the repository, where known.
    """

    run: str
    dataset: str
    path: str
    variant: str
    images: int
    learning_images: int
    epoch_images: int
    firing_rate: tuple[float, ...]
    counted: Counted
    accounts: tuple[Account, ...]
    measured: Measured | None = None
    no_meter: str | None = None
    graph: GraphFacts | None = None
    not_exported: str = ""
    what_if: Mapping[str, tuple[WhatIf, ...]] = field(default_factory=dict)
    versions: Mapping[str, str | None] = field(default_factory=dict)
    commit: str | None = None

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        """Devices that may be compared."""
        return account_rankings(self.accounts)

    @property
    def presentations(self) -> int:
        """How often a prediction presents its image: once per label, once, or once more mirrored."""
        return round(self.counted.work.presentations)

    @property
    def sweeps(self) -> bool:
        """Whether presentations share work in a simulator, as labels share an image."""
        return self.presentations > 1 and self.counted.naive.counts() != self.counted.work.counts()

    @property
    def learning_presentations(self) -> int:
        """How often a training step presents an image; 0 where no training was counted."""
        stages = [stage.work for learning in self.counted.learning for stage in learning.stages]
        return round(stages[0].presentations) if stages else 0

    @property
    def is_exported(self) -> bool:
        """Whether a prediction on some device is priced as exported."""
        return any(entry.priced_as == "exported" for entry in self.accounts)

    @property
    def network(self) -> str:
        """What kind of network it is, in words."""
        return f"{self.path} {variant_label(self.variant)}".rstrip()

    @property
    def sample(self) -> str:
        """What a prediction is made of, in a word."""
        return "image" if self.graph is None else "sample"

    def result(self) -> EnergyResult:
        """Return the report as the result that ``--json`` prints: SI base units, per image."""
        extra: dict[str, Any] = {}
        if self.measured is not None:
            extra["measured"] = self.measured.to_dict()
        if self.no_meter is not None:
            extra["not_measured"] = self.no_meter
        if self.not_exported:
            extra["not_exported"] = self.not_exported
        if self.graph is not None:
            extra |= self.graph.to_dict()
            extra["what_if"] = {
                name: [each.to_dict() for each in changed] for name, changed in self.what_if.items()
            }
        values = {
            "run": self.run,
            "dataset": self.dataset,
            "path": self.path,
            "variant": self.variant,
            "images": self.images,
            "presentations": self.presentations,
            "learning_images": self.learning_images,
            "epoch_images": self.epoch_images,
            "firing_rate": list(self.firing_rate) or None,
            "spikes_per_synapse": self.counted.spikes_per_synapse,
            "counts": self.counted.counts.to_dict(),
            "naive_counts": self.counted.naive.counts().to_dict(),
            "profiles": {entry.profile.id: entry.to_dict() for entry in self.accounts},
            "rankings": [ranking.to_dict() for ranking in self.rankings],
            **extra,
        }
        return EnergyResult.of(values, f"the energy of {self.run}")
