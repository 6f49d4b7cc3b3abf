"""How much work a prediction takes, counted from a real forward pass.

Counted is the label sweep, in two ways. As it runs here, the image meets the first layer's weights once, each
label adds its own column, and every later layer is run once per label. A machine that cannot keep the image's
drive runs naive passes instead: the whole image under each label. Numbers are per image.

* A constant current is analog: the first layer's products are multiply-accumulates on the spiking path too.
* A synaptic event is one spike meeting one stored weight. In dense format zero weights are stored and met.
* A neuron update is one neuron in one step. It is active if a spike reached the neuron or it fired, if a
  constant current or a bias drives it, or if earlier steps have left a potential, as SANA-FE and Loihi have
  it.
* Goodness costs one multiplication and one addition per neuron and label: the square of an activity or of a
  spike count.
* The gain between layers is one scalar broadcast per label, or per label and step where it is computed
  online. Applying it costs one multiplication per neuron: of a dense layer's drive, or of a spiking layer's
  bias, which is brought to the unit of its input. The gain of a constant image is part of its values, that of
  a spiking one is broadcast once, and a constant gain is part of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from neuroff.checks import require_whole
from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.together import require_images
from neuroff.counting.layer import LayerActivity, Sweep, gathered
from neuroff.counting.tally import LayerTally, tally, zero_weights
from neuroff.energy import Counts
from neuroff.energy.work import NetworkWork
from neuroff.errors import ShapeError


@dataclass(frozen=True)
class SynapticOperations:
    """Operations per image of the naive passes, defined as NeuroBench's metric of that name defines them.

    Attributes:
        dense: products or accumulations with every weight, whatever the values (``Dense``).
        effective_macs: those with an analog value and a weight that are not zero (``Effective_MACs``).
        effective_acs: those with a spike and a weight that is not zero (``Effective_ACs``).
    """

    dense: float
    effective_macs: float
    effective_acs: float


@dataclass(frozen=True)
class Activity:
    """Counts of a data set, averaged over its images.

    Attributes:
        counts: per image, for the whole label sweep as it runs, weights stored in dense format.
        firing_rate: mean activity of each spiking layer over neurons, steps and labels, in spikes per neuron
            and step; empty on the dense path.
        images: number of images counted.
        layers: what was counted, by layer, step and image.
        labels: K, number of labels presented.
        steps: T, number of time steps of a presentation.
    """

    counts: Counts
    firing_rate: tuple[float, ...]
    images: int
    layers: tuple[LayerActivity, ...] = field(default=(), compare=False, repr=False)
    labels: int = 1
    steps: int = 1

    @property
    def synaptic_operations(self) -> float:
        """Synaptic events and multiply-accumulates with weights, per image."""
        return self.counts["synaptic_events"] + self.counts["macs_float32"]

    @property
    def naive(self) -> Counts:
        """Counts per image of one whole pass per label."""
        return per_image(self.layers, "naive", self.labels, self.steps)

    def work(self, sweep: Sweep = "shared") -> NetworkWork:
        """Return the network's work per image, which `neuroff.energy` places and prices.

        Args:
            sweep: how the labels are presented.
        """
        layers = tuple(layer.work(sweep, self.labels, self.images) for layer in self.layers)
        return NetworkWork(f"{sweep} label sweep", layers, self.steps, self.labels, scored=True)

    def operations(self) -> SynapticOperations:
        """Return NeuroBench's synaptic operations of the naive passes, per image."""
        dense = macs = accumulations = 0
        for layer in self.layers:
            passes = 1 if layer.tally.analog else self.steps
            dense += self.labels * passes * layer.connections
            met = layer.events("naive", self.labels) - layer.zero_events("naive", self.labels)
            if layer.tally.analog:
                macs += int(met.sum())
            else:
                accumulations += int(met.sum())
        return SynapticOperations(float(dense), macs / self.images, accumulations / self.images)


def count_activity(network: Network, inputs: Inputs, *, chunk_size: int = 250) -> Activity:
    """Count the work of predicting every image.

    Args:
        network: the network.
        inputs: the images.
        chunk_size: images in flight at once.

    Raises:
        ShapeError: if there are no images, or they do not fit the network.
        ConfigError: if a chunk is to have none.
    """
    require_images(network, inputs, "count_activity")
    require_whole("chunk_size", chunk_size, least=1, where="count_activity")
    images = len(inputs)
    if not images:
        raise ShapeError("no images to count", where="count_activity", expected="at least one image")
    inputs.require_asking(network.asking, "count_activity")
    zeros = zero_weights(network)
    chunks: list[list[LayerTally]] = []
    for start in range(0, images, chunk_size):
        stimulus = inputs.stimulus(slice(start, min(start + chunk_size, images)), "predict", start)
        candidates = network.asking.everything(stimulus.samples, stimulus.label.device)
        chunks.append(list(tally(network, stimulus, candidates, zeros)))
    layers = gathered(network, chunks, zeros)
    steps, labels_shown = network.population.steps, network.asking.presentations
    shown = images * labels_shown * steps
    rates = tuple(
        int(layer.tally.spikes.sum()) / (shown * layer.neurons) for layer in layers if layer.tally.spiking
    )
    counts = per_image(layers, "shared", labels_shown, steps)
    return Activity(counts, rates, images, layers, labels_shown, steps)


def per_image(layers: tuple[LayerActivity, ...], sweep: Sweep, labels: int, steps: int) -> Counts:
    """Return the counts of a sweep per image: exact totals, divided once.

    Args:
        layers: what was counted.
        sweep: how the labels are presented.
        labels: how many are presented.
        steps: time steps of a presentation.
    """
    images = layers[0].tally.shared.shape[1]
    totals = tuple(layer.work(sweep, labels, 1) for layer in layers)
    counts = NetworkWork("all images", totals, steps, labels * images, scored=True).counts()
    return Counts({name: amount / images for name, amount in counts.to_dict().items()})
