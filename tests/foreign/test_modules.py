"""Trained modules of other libraries as graphs: the same spikes, or the place where they part."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import neuroff
from neuroff.errors import ExportError
from neuroff.foreign.counting import count_graph
from neuroff.foreign.porting import port_graph
from neuroff.foreign.running import run
from neuroff.foreign.spikes import values_for
from neuroff.interop.library import load_library

STEPS, SAMPLES, INPUTS = 20, 3, 12


def spikes(*shape: int, seed: int = 1) -> Tensor:
    return (torch.rand(STEPS, SAMPLES, *shape, generator=torch.Generator().manual_seed(seed)) < 0.4).float()


def enlarged(network: Any, factor: float = 2.0) -> Any:
    """Make weights large enough for neurons to fire."""
    stream = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.endswith(("weight", "bias")) and "norm" not in name:
                weight.copy_(
                    (torch.rand(weight.shape, generator=stream) * 2 - 0.8) * factor / weight[0].numel() ** 0.5
                )
    return network


def check(network: nn.Module, example: Tensor, right: Tensor | None = None, **options: Any) -> Any:
    """Make a graph, which compares every spike, and see that its neurons fire, but not all the time."""
    graph = neuroff.from_module(network, example, **options)
    found = run(graph, values_for(graph, example))
    for name in graph.populations:
        assert 0 < found[name].mean() < 1, name
    if right is not None:
        assert torch.equal(found[graph.populations[-1]].flatten(2), right.double().flatten(2))
    return graph


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


def norse_network(norse: Any) -> nn.Module:
    def number(value: float) -> Tensor:
        return torch.tensor(value)

    network: nn.Module = norse.SequentialState(
        nn.Linear(INPUTS, 8),
        norse.LIFCell(norse.LIFParameters(number(200.0), number(100.0), v_th=number(0.3))),
        nn.Linear(8, 7),
        norse.LIFBoxCell(
            norse.LIFBoxParameters(tau_mem_inv=number(300.0), v_th=number(0.1), v_leak=number(0.02))
        ),
        nn.Linear(7, 6),
        norse.IAFCell(norse.IAFParameters(v_th=number(1.5))),
    )
    return network


def test_norse() -> None:
    pytest.importorskip("norse", reason="norse is not installed")
    norse = load_library("norse.torch")
    graph = check(enlarged(norse_network(norse)), spikes(INPUTS))
    assert [graph.kinds[name] for name in graph.populations] == ["CubaLIF", "LIF", "IF"]


@pytest.mark.parametrize("kind", ["LICell", "LIBoxCell"])
def test_norse_neurons_that_do_not_fire(kind: str) -> None:
    pytest.importorskip("norse", reason="norse is not installed")
    norse = load_library("norse.torch")
    network = enlarged(norse.SequentialState(nn.Linear(INPUTS, 8), getattr(norse, kind)()))
    graph = neuroff.from_module(network, spikes(INPUTS))
    assert run(graph, values_for(graph, spikes(INPUTS)))["1"].abs().max() > 0.01


@pytest.mark.parametrize("reset", [0.0, 0.1, None])
def test_spikingjelly(reset: float | None) -> None:
    neuron = pytest.importorskip(
        "spikingjelly.activation_based.neuron", reason="spikingjelly is not installed"
    )
    network = nn.Sequential(
        nn.Linear(INPUTS, 8),
        neuron.LIFNode(tau=3.0, v_reset=reset, decay_input=False),
        nn.Linear(8, 7),
        neuron.ParametricLIFNode(init_tau=2.0, v_reset=reset),
        nn.Linear(7, 6),
        neuron.IFNode(v_reset=reset),
    )
    check(enlarged(network, 3.0), spikes(INPUTS))


@pytest.mark.parametrize("samples", [SAMPLES, 1])
def test_spikingjelly_in_multi_step_mode(samples: int) -> None:
    layer, neuron, functional = (
        pytest.importorskip(f"spikingjelly.activation_based.{name}", reason="spikingjelly is not installed")
        for name in ("layer", "neuron", "functional")
    )
    own = nn.Sequential(
        layer.Conv2d(2, 4, 3),
        layer.BatchNorm2d(4),
        neuron.LIFNode(decay_input=False),
        layer.AvgPool2d(2),
        layer.Flatten(),
        layer.Linear(4 * 3 * 2, 5),
        neuron.IFNode(),
    )
    functional.set_step_mode(own, "m")
    contained = nn.Sequential(
        layer.SeqToANNContainer(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4)),
        neuron.LIFNode(decay_input=False, step_mode="m"),
        layer.SeqToANNContainer(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * 3 * 2, 5)),
        neuron.IFNode(step_mode="m"),
    )
    example = spikes(2, 8, 6)[:, :samples]
    for network in (own, contained):
        graph = check(enlarged(network.eval(), 2.0), example)
        assert [graph.kinds[name] for name in graph.populations] == ["LIF", "IF"]


class Remembering(nn.Module):
    """As SpikingJelly's neurons: a state in a dictionary, which autograd follows."""

    def __init__(self) -> None:
        super().__init__()
        self.weights, self.neurons = nn.Linear(INPUTS, 5), snn.Leaky(beta=0.9, init_hidden=True)
        self.kept: dict[str, list[Tensor]] = {}

    def forward(self, x: Tensor) -> Any:
        drive = self.weights(x)
        self.kept = {"drive": [drive]}
        return self.neurons(drive)


def test_states_that_autograd_follows_are_no_hindrance() -> None:
    network = enlarged(Remembering())
    network(spikes(INPUTS)[0])
    assert not network.kept["drive"][0].is_leaf
    check(network, spikes(INPUTS))


def test_the_module_is_left_as_it_was() -> None:
    network = enlarged(
        nn.Sequential(nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, init_hidden=True), nn.Dropout(0.5))
    )
    network(spikes(INPUTS)[0])
    before = copy.deepcopy(network.state_dict()), network[1].mem.clone(), network.training
    neuroff.from_module(network, spikes(INPUTS))
    assert all(torch.equal(network.state_dict()[key], value) for key, value in before[0].items())
    assert torch.equal(network[1].mem, before[1])
    assert network.training is before[2]
    assert not network[0]._forward_hooks


def test_spikes_that_differ_are_refused_with_the_place_where_they_part() -> None:
    class Cheating(snn.Leaky):  # type: ignore[misc]
        def forward(self, input_: Tensor, mem: Any = None) -> Any:
            sent = super().forward(input_, mem)
            return sent * 0 if float(input_.sum()) > 0 else sent

    network = enlarged(nn.Sequential(nn.Linear(INPUTS, 8), Cheating(beta=0.9, init_hidden=True)))
    with pytest.raises(
        ExportError,
        match=r"part '1': the module gives 0 and the graph 1 at step \d+, sample \d, neuron.*snnTorch 1.0.0",
    ):
        neuroff.from_module(network, spikes(INPUTS))


def test_a_module_that_fails_itself_is_told() -> None:
    forgetful = nn.Sequential(nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9), nn.Linear(8, 2))
    with pytest.raises(
        ExportError, match=r"the module itself fails on an example.*not tuple.*init_hidden=True"
    ):
        neuroff.from_module(forgetful, spikes(INPUTS))
    network = nn.Sequential(nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, init_hidden=True))
    with pytest.raises(ExportError, match=r"Sequential: the module itself fails.*cannot be multiplied"):
        neuroff.from_module(network, spikes(INPUTS + 1))


@pytest.mark.filterwarnings("ignore::UserWarning")  # snnTorch warns of inhibition
@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(INPUTS, 8), nn.ReLU()),
            "part '1': a torch.nn.modules.activation.ReLU",
        ),
        (lambda: nn.Sequential(nn.MaxPool2d(2)), "part '0': a torch.nn.modules.pooling.MaxPool2d"),
        (
            lambda: nn.Sequential(
                nn.Linear(INPUTS, 8), snn.Leaky(beta=0.9, init_hidden=True, inhibition=True)
            ),
            "part '1': Leaky with inhibition",
        ),
        (
            lambda: nn.Sequential(nn.BatchNorm1d(INPUTS), nn.Linear(INPUTS, 8)),
            "part '0': BatchNorm1d behind no weights",
        ),
        (
            lambda: nn.Sequential(nn.Linear(INPUTS, 8), nn.BatchNorm1d(8, track_running_stats=False)),
            "part '1': BatchNorm1d without running statistics",
        ),
    ],
)
def test_what_a_graph_has_not_is_refused_by_name(network: Any, message: str) -> None:
    example = spikes(1, 4, 3) if "MaxPool" in message else spikes(INPUTS)
    with pytest.raises(ExportError, match=message):
        neuroff.from_module(network(), example)


@pytest.mark.parametrize("example", [torch.zeros(3, 4), torch.zeros(0, 2, 4), [[1.0]]])
def test_an_example_is_over_time(example: Any) -> None:
    with pytest.raises(ExportError, match=r"expected a tensor .T, B"):
        neuroff.from_module(nn.Linear(4, 2), example)


def test_alpha_is_priced_and_no_chip_has_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    alpha = snn.Alpha(alpha=0.85, beta=0.7, threshold=0.3, init_hidden=True)
    network, shown = enlarged(nn.Sequential(nn.Linear(INPUTS, 8), alpha)), spikes(INPUTS)
    graph = neuroff.from_module(network, shown)
    report = neuroff.energy_report(graph, shown, ["loihi1-davies2018"])
    assert report.graph is not None
    assert report.graph.nodes["1"].spikes > 0
    with pytest.raises(ExportError, match="node '1': neurons of kind Alpha, which no chip has"):
        port_graph(graph, "loihi", tmp_path / "out", values_for(graph, shown))
