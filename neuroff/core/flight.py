"""How many images are presented at once: enough to share what a layer costs once, few enough to stay near."""

from __future__ import annotations

from neuroff.core.network import Network

_NEAR_BYTES = 8_000_000  # of images, and of a layer's output over time: measured; more leave the caches
_SHARING = 250  # presentations among which a matrix of weights, turned and read once, costs little: measured
_FAR_BYTES = 256_000_000  # that fit anywhere, and keep a GPU busy


def images_at_once(network: Network, presentations: int) -> int:
    """Return how many images to present at once, so often each."""
    number = network.engine.spike_bytes if network.population.steps > 1 else 4
    image_bytes = 4 * network.widths[0]
    bytes_each = max(image_bytes, network.population.steps * max(network.widths[1:]) * number)
    near = _NEAR_BYTES if network.layers[0].gamma.device.type == "cpu" else _FAR_BYTES
    shown = min(max(near // bytes_each, _SHARING), _FAR_BYTES // bytes_each)
    return max(1, shown // presentations)
