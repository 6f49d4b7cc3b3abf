"""How many images are presented at once: enough to share what a layer costs once, few enough to stay near."""

from __future__ import annotations

from neuroff.core.layer import Layer
from neuroff.core.network import Network

_NEAR_BYTES = 8_000_000  # of images, and of a layer's output over time: measured; more leave the caches
_NEAR_A_THREAD_BYTES = 2_500_000  # the same of one thread among others, who has a first cache of its own
_SHARING = 250  # presentations among which a matrix of weights, turned and read once, costs little: measured
_SHARING_WINDOW = 1250  # uses of the weights of a window, each cheaper, for the same: measured
_FAR_BYTES = 256_000_000  # that fit anywhere, and keep a GPU busy


def side_by_side(network: Network) -> bool:
    """Whether chunks of images are computed side by side, a thread each: small ones, several in a batch."""
    on_processor = network.layers[0].gamma.device.type == "cpu"
    return (
        network.engine.at_once > 1
        and network.population.steps > 1
        and on_processor
        and not network.black_boxes  # somebody's function, which may be no friend of threads
    )


def uses(layer: Layer) -> int:
    """Return how often a presentation uses each weight of a layer: once, or at each place of a window."""
    weight = layer.synapses.tensors().get("weight")
    return 1 if weight is None or not len(weight) else max(1, layer.synapses.neurons // len(weight))


def images_at_once(network: Network, presentations: int) -> int:
    """Return how many images to present at once, so often each."""
    bytes_each = _bytes_each(network)
    near = _NEAR_BYTES if network.layers[0].gamma.device.type == "cpu" else _FAR_BYTES
    near = _NEAR_A_THREAD_BYTES if side_by_side(network) else near
    used = min(map(uses, network.layers)) if side_by_side(network) else 1
    sharing = _SHARING if used == 1 else -(-_SHARING_WINDOW // used)
    shown = max(near // bytes_each, sharing) // presentations
    return max(1, min(shown, most_at_once(network, presentations)))


def most_at_once(network: Network, presentations: int) -> int:
    """Return how many images to present at once at most, so often each, where more than a few are wanted."""
    return max(1, _FAR_BYTES // _bytes_each(network) // presentations)


def _bytes_each(network: Network) -> int:
    """Return the bytes of an image, or of what a layer sends of it over time."""
    number = network.engine.spike_bytes if network.population.steps > 1 else 4
    return max(4 * network.widths[0], network.population.steps * max(network.widths[1:]) * number)
