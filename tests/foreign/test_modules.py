"""Trained modules of snnTorch as graphs: the same spikes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import neuroff
from neuroff.errors import ExportError
from neuroff.foreign.counting import count_graph
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from tests.foreign.modules import INPUTS, SAMPLES, STEPS, check, enlarged, spikes

snn: Any = pytest.importorskip("snntorch", reason="snntorch is not installed")


@pytest.mark.parametrize("reset", ["subtract", "zero", "none"])
@pytest.mark.parametrize("delay", [True, False])
def test_leaky(reset: str, delay: bool) -> None:
    lif = {"reset_mechanism": reset, "reset_delay": delay, "init_hidden": True}
    network = nn.Sequential(
        nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, **lif), nn.Linear(8, 5), snn.Leaky(0.7, **lif)
    )
    # Without a delay, a potential that a subtraction leaves above θ is refused: weights are smaller there.
    graph = check(enlarged(network, 2.0 if delay or reset != "subtract" else 0.8), spikes(INPUTS))
    assert [graph.kinds[name] for name in graph.nodes] == [
        "Input",
        "Affine",
        "LIF",
        "Affine",
        "LIF",
        "Output",
    ]


@pytest.mark.parametrize(
    "neurons",
    [
        lambda: snn.Synaptic(alpha=0.6, beta=0.8, init_hidden=True),
        lambda: snn.Lapicque(R=2.0, C=3.0, time_step=1.0, init_hidden=True),
        lambda: snn.Leaky(
            beta=torch.linspace(0.0, 1.0, 8), threshold=torch.linspace(0.5, 2.0, 8), init_hidden=True
        ),
        lambda: snn.Alpha(alpha=0.85, beta=0.7, threshold=0.3, init_hidden=True),
        lambda: snn.Alpha(alpha=0.85, beta=0.7, threshold=0.3, init_hidden=True, reset_mechanism="subtract"),
        lambda: snn.Alpha(alpha=0.85, beta=0.7, threshold=0.3, init_hidden=True, reset_mechanism="none"),
        lambda: snn.RSynaptic(alpha=0.6, beta=0.8, linear_features=8, init_hidden=True),
        lambda: snn.RSynaptic(
            alpha=0.6, beta=0.8, all_to_all=False, V=torch.linspace(-1, 1, 8), init_hidden=True
        ),
        lambda: snn.RLeaky(beta=0.8, linear_features=8, init_hidden=True),
        lambda: snn.RLeaky(beta=0.8, all_to_all=False, V=torch.linspace(-1, 1, 8), init_hidden=True),
    ],
    ids=[
        *(
            "synaptic",
            "lapicque",
            "leaky by neuron",
            "alpha",
            "alpha that subtracts",
            "alpha without a reset",
        ),
        *("recurrent with a current", "the same one to one", "recurrent", "one to one"),
    ],
)
def test_other_neurons_of_snntorch(neurons: Any) -> None:
    torch.manual_seed(0)
    check(enlarged(nn.Sequential(nn.Linear(INPUTS, 8), neurons())), spikes(INPUTS))


class Tutorial(nn.Module):
    """As snnTorch's tutorials write it: hidden state passed by hand, the loop over time inside."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.lif1 = nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9)
        self.fc2, self.lif2 = nn.Linear(8, 4), snn.Leaky(beta=0.9)

    def forward(self, x: Tensor) -> Any:
        mem1, mem2 = self.lif1.reset_mem(), self.lif2.reset_mem()
        sent = []
        for values in x:
            spk1, mem1 = self.lif1(self.fc1(values.flatten(1)), mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            sent.append(spk2)
        return torch.stack(sent), mem2


def test_a_module_that_loops_over_time_itself() -> None:
    network, example = enlarged(Tutorial()), spikes(1, 3, 4)
    right, _ = network(example)
    graph = check(network, example, right, loops=True)
    assert graph.populations == ("lif1", "lif2")
    assert graph.name == "Tutorial"


class Repeating(Tutorial):
    """As in snnTorch's tutorial 5: one image, shown at every step."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(x.expand(STEPS, *x.shape))


@pytest.mark.parametrize("samples", [1, SAMPLES])
@pytest.mark.parametrize("shape", [(INPUTS,), (1, INPUTS)])
def test_a_module_that_repeats_one_image(samples: int, shape: tuple[int, ...]) -> None:
    network = enlarged(Repeating())
    image = torch.rand(samples, *shape, generator=torch.Generator().manual_seed(3))
    graph = neuroff.from_module(network, image, loops=True)
    with torch.no_grad():
        right, _ = network(image)
    shown = image.flatten(1).expand(STEPS, -1, -1)
    assert torch.equal(run(graph, values_for(graph, shown))["lif2"], right.double())
    with pytest.raises(ExportError, match=rf"called {STEPS * 3} times for 3 steps: it loops .* loops=True"):
        neuroff.from_module(network, image.expand(3, *image.shape))
    with pytest.raises(ExportError, match="loops=True for a module that takes"):
        neuroff.from_module(network, image.flatten(1))


def test_an_image_shown_at_every_step_is_a_current() -> None:
    image = torch.rand(SAMPLES, INPUTS, generator=torch.Generator().manual_seed(3)).expand(STEPS, -1, -1)
    graph = neuroff.from_module(enlarged(Tutorial()), image, loops=True)
    assert not count_graph(graph, values_for(graph, image)).binary


def test_a_convolutional_network_with_batch_norm_pools_and_dropout() -> None:
    torch.manual_seed(0)
    network: Any = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        snn.Leaky(beta=0.8, init_hidden=True),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2, padding="valid", groups=2),
        snn.Leaky(beta=0.8, init_hidden=True),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(6 * 3 * 2, 5),
        nn.BatchNorm1d(5),
        snn.Leaky(beta=0.9, init_hidden=True),
    )
    enlarged(network, 1.5)
    for norm in (network[1], network[9]):
        norm.running_mean.normal_(0, 0.2)
        norm.running_var.uniform_(0.5, 2.0)
        norm.weight.data.uniform_(0.5, 1.5)
        norm.bias.data.normal_(0, 0.2)
    network.eval()
    graph = check(network, spikes(2, 14, 12))
    assert [graph.kinds[name] for name in graph.nodes] == [
        "Input", "Conv2d", "LIF", "AvgPool2d", "Conv2d", "LIF", "Flatten", "Affine", "LIF", "Output",
    ]  # fmt: skip


class Residual(nn.Module):
    """A skip past a layer, in place on the first step it is used, and two weights into one layer."""

    def __init__(self, join: Any) -> None:
        super().__init__()
        self.join = join
        self.a, self.b, self.c, self.d = (nn.Linear(INPUTS if n == 0 else 8, 8) for n in range(4))
        self.first, self.second, self.last = (snn.Leaky(0.8, init_hidden=True) for _ in range(3))

    def forward(self, x: Tensor) -> Any:
        entered = self.first(self.a(x))
        passed = self.second(self.b(entered))
        passed = self.join(passed, entered)
        return self.last(self.c(passed) + self.d(entered))


def add_in_place(a: Tensor, b: Tensor) -> Tensor:
    a += b
    return a


@pytest.mark.parametrize("join", [torch.add, add_in_place])
def test_branches_are_summed(join: Any) -> None:
    graph = check(enlarged(Residual(join), 1.2), spikes(INPUTS))
    assert set(graph.sources("c")) == {"first", "second"}
    assert set(graph.sources("last")) == {"c", "d"}


@pytest.mark.parametrize("join", [torch.mul, torch.sub, lambda a, b: torch.add(a, b, alpha=2)])
def test_branches_that_are_joined_otherwise_are_refused(join: Any) -> None:
    with pytest.raises(ExportError, match=r"part 'c': what reaches it, .3, 8., was given by no other part"):
        neuroff.from_module(enlarged(Residual(join), 1.2), spikes(INPUTS))
