"""What a network that you have trained already would cost: snnTorch and backpropagation in, energy out.

    python examples/price_my_network.py [PAGE.html] [mnist]

The network is trained as snnTorch's tutorials train it. `neuroff.from_module` makes a graph of it and shows,
spike by spike, that it is the same network; `neuroff.energy_report` runs it on test images, counts every
synaptic operation and prices them on each device. A .nir file of any library does as well:

    neuroff energy network.nir --data spikes.npz --dt-ms 1 --written-by snntorch
"""

import sys
from pathlib import Path

import snntorch as snn
import torch
from rich.console import Console
from torch import nn

import neuroff
from neuroff.report import energy_grids, rich_table, write_energy

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

network = nn.Sequential(
    nn.Linear(images.shape[1], 128),
    snn.Leaky(beta=0.9, init_hidden=True),
    nn.Linear(128, 10),
    snn.Leaky(beta=0.9, init_hidden=True),
)


def spikes(pixels: torch.Tensor) -> torch.Tensor:
    """A pixel fires with its brightness as probability: (T, B, D)."""
    return (torch.rand(STEPS, *pixels.shape, generator=stream) < pixels).float()


def counted(pixels: torch.Tensor) -> torch.Tensor:
    """Spikes of every output, (B, 10)."""
    for part in network:
        if isinstance(part, snn.Leaky):
            part.reset_mem()
    return torch.stack([network(step) for step in spikes(pixels)]).sum(0)


optimiser = torch.optim.Adam(network.parameters(), 2e-3)
for _ in range(EPOCHS):
    for batch in torch.randperm(len(labels), generator=stream).split(64):
        loss = nn.functional.cross_entropy(counted(images[batch]), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
with torch.no_grad():
    accuracy = float((counted(test_images).argmax(1) == test_labels).float().mean())
print(f"test accuracy {accuracy:.3f}, by backpropagation in snnTorch {snn.__version__}")

shown = spikes(test_images)
graph = neuroff.from_module(network, shown, dt_ms=1.0, name="snnTorch, 128 neurons")
report = neuroff.energy_report(graph, shown, ["loihi1-davies2018", "seneca", "cpu-degnan2016"], dataset=NAME)

console = Console(width=100)
for grid in energy_grids(report):
    console.print(rich_table(grid))
if len(sys.argv) > 1:
    for written in write_energy(report, html=Path(sys.argv[1])):
        print(f"Written: {written}")
