"""Move a network that you have trained already to the integers of a chip: snnTorch in, a C header out.

    python examples/port_my_network.py [FILE.h] [mnist]

Weights of 8 bits, potentials of 24, decays of 12: the arithmetic of a Loihi-class chip, whose emulator gives
the same spikes one by one. The header holds the network for a microcontroller or a host of one's own.
"""

import sys
import tempfile
from pathlib import Path

import snntorch as snn
import torch
from torch import nn

import neuroff
from neuroff.foreign import port_graph, values_for

NAME = sys.argv[2] if len(sys.argv) > 2 else "digits"
STEPS, EPOCHS = 10, 12 if NAME == "digits" else 3
stream = torch.Generator().manual_seed(0)
torch.manual_seed(0)

data = neuroff.load(NAME)
images, test_images = (
    torch.from_numpy(pixels.reshape(len(pixels), -1) / 255).float()
    for pixels in (data.train_images, data.test_images)
)
labels, test_labels = torch.from_numpy(data.train_labels), torch.from_numpy(data.test_labels)

# Loihi 1 resets so; a C header and programmable neurons subtract too, snnTorch's late subtraction among them.
neurons = {"beta": 0.9, "init_hidden": True, "reset_mechanism": "zero"}
network = nn.Sequential(
    nn.Linear(images.shape[1], 64), snn.Leaky(**neurons), nn.Linear(64, 10), snn.Leaky(**neurons)
)


def spikes(pixels: torch.Tensor) -> torch.Tensor:
    """A pixel fires with its brightness as probability: (T, B, D)."""
    return (torch.rand(STEPS, *pixels.shape, generator=stream) < pixels).float()


def counted(shown: torch.Tensor) -> torch.Tensor:
    """Spikes of every output, (B, 10)."""
    for part in network:
        if isinstance(part, snn.Leaky):
            part.reset_mem()
    return torch.stack([network(step) for step in shown]).sum(0)


optimiser = torch.optim.Adam(network.parameters(), 2e-3)
for _ in range(EPOCHS):
    for batch in torch.randperm(len(labels), generator=stream).split(64):
        loss = nn.functional.cross_entropy(counted(spikes(images[batch])), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

shown, choosing = spikes(test_images), spikes(images[:500])
graph = neuroff.from_module(network, shown, name="snnTorch, 64 neurons")
with tempfile.TemporaryDirectory() as folder:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "network.h"
    ported = port_graph(
        graph, "c", out, values_for(graph, shown), values_for(graph, choosing), labels=test_labels, force=True
    )
    print(f"{out.name}: {out.stat().st_size / 1000:.0f} kB")
for note in ported.exported.notes:
    print(f"  {note}")
print(f"the chip's emulator gives the same spikes, one by one: {'yes' if ported.same else 'no'}")
