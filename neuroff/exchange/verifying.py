"""An exported file against the network it comes from: what `neuroff verify` asks, in one call."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from neuroff.checks import path_of, require_whole
from neuroff.chip.file import read_loihi
from neuroff.chip.program import ChipProgram
from neuroff.choices import ChipReset
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule
from neuroff.core.together import require_split
from neuroff.errors import ConfigError
from neuroff.exchange.c.running import classifying, compiled, find_compiler
from neuroff.exchange.c.source import read_c
from neuroff.exchange.files_read import kind_of
from neuroff.exchange.graph.graph import as_numeric
from neuroff.exchange.graph.presenting import as_spikes
from neuroff.exchange.plain import with_plain_pixels
from neuroff.exchange.port import Target, chip_port, graph_port, require_fitting, require_spiking
from neuroff.exchange.sanafe.read import read_sanafe
from neuroff.exchange.verdict import Verdict, verify_chip, verify_graph
from neuroff.interop.simulators.libraries import Library
from neuroff.interop.simulators.libraries import load as load_simulator
from neuroff.results.ported import VerifyResult
from neuroff.training.evaluate import accuracy


@dataclass(frozen=True)
class Verified:
    """What a comparison of a file with its network found.

    Attributes:
        kind: of the file.
        ran_by: what ran the file's network.
        verdict: spike by spike.
        accuracy: share of images classified rightly, by ``file``, ``export`` (what the network becomes when
            it is exported again) and ``run`` (the network as trained).
    """

    kind: Target
    ran_by: str
    verdict: Verdict
    accuracy: dict[str, float]

    def result(self, file: Path | str, run: Path | str) -> VerifyResult:
        """Return the comparison as the result that ``--json`` prints.

        Args:
            file: that was verified.
            run: that it is said to come from.
        """
        verdict = {"agree": self.verdict.first is None, **asdict(self.verdict), "accuracy": self.accuracy}
        told = {"file": str(file), "run": str(run), "kind": self.kind, "ran_by": self.ran_by}
        return VerifyResult.of(told | verdict, f"verifying {file}")


def verify(
    file: Path | str,
    network: Network,
    split: Split,
    *,
    images: int = 100,
    rule: PredictionRule | None = None,
    simulator: Library | None = None,
) -> Verified:
    """Run a file and a network on the same test images and compare every neuron at every step.

    The file's network meets what the network becomes when it is exported again. A C header is compiled and
    run if there is a compiler. Nothing that a file holds is ever executed.

    Args:
        file: what `neuroff.export` wrote.
        network: the network it is said to come from.
        split: its images.
        images: test images, each shown with every label.
        rule: of prediction; the network's own without it.
        simulator: for NIR, the library that runs the file.

    Raises:
        ConfigError: if a simulator is named for another kind of file.
        ExportError: if the file is damaged or of another network.
    """
    require_split(network, split, "verify")
    require_whole("images", images, least=1, where="verify")
    path = path_of("file", file, "verify")
    kind = kind_of(path)
    if simulator is not None and kind != "nir":
        raise ConfigError(f"--simulator {simulator}", where="verify", expected="a .nir file")
    require_spiking(network)
    trained = accuracy(network, split.test.some(images), rule)
    network, split, _ = with_plain_pixels(network, split)
    test = split.test.some(images)
    if kind == "nir":
        ran_by, verdict = _verify_nir(path, network, split, test, rule, simulator)
    else:
        ran_by, verdict = _verify_chip(path, kind, network, split, test, rule)
    return Verified(kind, ran_by, verdict, {**verdict.accuracy, "run": trained})


def _verify_nir(
    file: Path,
    network: Network,
    split: Split,
    test: Inputs,
    rule: PredictionRule | None,
    simulator: Library | None,
) -> tuple[str, Verdict]:
    from neuroff.exchange.nir.read import read_nir  # needs h5py

    expected = graph_port(network, split, rule=rule).graph
    graph = read_nir(file)
    if simulator is None:
        return "neuroff's reference", verify_graph(expected, graph, as_spikes(test), network, rule)
    # In float64 the numbers of the file count; in float32 every library rounds in an order of its own.
    loaded = load_simulator(simulator, file, double=True)
    expected, graph = as_numeric(expected, "float64"), as_numeric(graph, "float64")

    def simulate(spikes: Tensor) -> Mapping[str, Tensor]:
        return loaded.simulate(spikes.double())

    verdict = verify_graph(expected, graph, as_spikes(test), network, rule, simulate)
    return f"{simulator} {loaded.version} in float64", verdict


def _verify_chip(
    file: Path, kind: Target, network: Network, split: Split, test: Inputs, rule: PredictionRule | None
) -> tuple[str, Verdict]:
    program = _read(file, kind)
    spikes = not program.chip.layers[0].synapses.payload_bits
    reset: ChipReset = "subtract" if any(each.neurons.taken for each in program.chip.layers) else "rest"
    port = chip_port(network, split, kind, bits=max(program.bits, 2), spikes=spikes, rule=rule, reset=reset)
    require_fitting(program, port.program, str(file))
    shared = (port.deployment, port.program.chip, program.chip, port.fed(test), rule)
    if kind == "c" and find_compiler() is not None:
        with ExitStack() as built:
            run_c = built.enter_context(compiled(program))
            told = built.enter_context(classifying(program)) if program.readout is not None else None
            return "the C compiler's program", verify_chip(*shared, run_c, told, port.program.readout)
    return "neuroff's emulator", verify_chip(*shared)


def _read(file: Path, kind: Target) -> ChipProgram:
    if kind == "netx":
        from neuroff.exchange.netx import read_netx  # needs h5py

        return read_netx(file)
    if kind == "sanafe":
        return read_sanafe(file)
    return read_c(file) if kind == "c" else read_loihi(file)
