"""The energy report of a run or of any network: count its work, price it on devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args, overload

from neuroff.checks import require_kind, require_whole
from neuroff.config.inputs import prepare
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import Plan
from neuroff.core.together import require_network
from neuroff.counting.learning import variant_of
from neuroff.energy import Profile
from neuroff.energy.pricing.account import account
from neuroff.energy.pricing.exported import PricedAs
from neuroff.energy.pricing.what_if import what_ifs
from neuroff.errors import ConfigError, DataError, ExportError, require_choice
from neuroff.experiments.energy import Learned, RunWork, count_network, count_run
from neuroff.experiments.measured import Measured, measure_prediction
from neuroff.experiments.meter import NoMeter
from neuroff.files import require_free
from neuroff.foreign.convention import Convention
from neuroff.foreign.graph import SpikingGraph
from neuroff.foreign.reading import read_nir
from neuroff.foreign.running import recorded
from neuroff.foreign.spikes import Values, read_spikes, values_for
from neuroff.provenance import commit, versions
from neuroff.report.energy.graphs import GraphWork, count_work, expected_work
from neuroff.report.energy.report import EnergyReport
from neuroff.report.energy.selecting import selected_profiles
from neuroff.runs.folder import RunDirectory, load_run
from neuroff.runs.images import images_of


@overload
def energy_report(
    network: Network,
    data: Split,
    profiles: str | Profile | Sequence[str | Profile] = ("all",),
    *,
    plan: Plan | None = None,
    images: int = 1000,
    learning_images: int = 200,
    weight_bits: int | None = None,
    priced_as: PricedAs | None = None,
    name: str = "a network",
    dataset: str = "own images",
) -> EnergyReport: ...


@overload
def energy_report(
    network: SpikingGraph,
    data: Values,
    profiles: str | Profile | Sequence[str | Profile] = ("all",),
    *,
    weight_bits: int | None = None,
    name: str = "",
    dataset: str = "own data",
) -> EnergyReport: ...


def energy_report(
    network: Network | SpikingGraph,
    data: Split | Values,
    profiles: str | Profile | Sequence[str | Profile] = ("all",),
    *,
    plan: Plan | None = None,
    images: int = 1000,
    learning_images: int = 200,
    weight_bits: int | None = None,
    priced_as: PricedAs | None = None,
    name: str = "",
    dataset: str = "",
) -> EnergyReport:
    """Count what a network does, and price it on hardware profiles.

    Energies are counts times published coefficients, not measured power. What a profile cannot price is
    listed and makes its total a lower bound. ``neuroff energy RUN`` prints the same of a run
    (`energy_report_of_run`).

    Args:
        network: built by hand or from a configuration, or one that others trained
            (`neuroff.foreign.read_nir`).
        data: images of a network of neuroff's: test images are counted, and training images where there is a
            plan. Of a network that others trained, the values of its inputs over time: an array
            ``(T, B, …)``, or arrays by the names of its inputs; all samples are counted.
        profiles: one or several names, files or profiles; ``all`` stands for those that ship with neuroff.
        plan: how the network is trained; learning is left out without it.
        images: test images whose forward pass is counted.
        learning_images: training images whose learning is counted.
        weight_bits: bits of a stored weight; without it 32 for a dense network and 8 for a spiking one, or
            what the device has if that is less.
        priced_as: ``exported``: the program that an export holds, every presentation whole; ``simulated``: as
            neuroff predicts. Without it, exported on chips and simulated elsewhere. Networks that others
            trained are run as they are.
        name: of the network, in tables.
        dataset: name of the images.

    Raises:
        ConfigError: if a number of images or bits is none, or there is no such choice.
        ShapeError: if there are no images, or they do not fit the network.
        DataError: if values over time do not fit the network.
        ProfileError: if a profile is not there or not valid.
    """
    chosen = selected_profiles(profiles)
    if weight_bits is not None:
        require_whole("weight_bits", weight_bits, least=1, where="energy_report")
    if isinstance(network, SpikingGraph):
        if isinstance(data, Split):
            raise DataError(
                "images for a network that others trained",
                where="energy_report",
                expected="values over time: an array (T, B, …), or arrays by the names of its inputs",
            )
        counted = count_work(network, data, dataset or "data", weight_bits)
        return _graph_report(counted, chosen, name or network.name, dataset or "own data")
    if not isinstance(data, Split):
        raise DataError(
            f"a {type(data).__name__} for a network of neuroff's",
            where="energy_report",
            expected="a Split of images, as neuroff.prepare makes it",
        )
    require_network(network, "energy_report")
    require_whole("images", images, least=1, where="energy_report")
    require_whole("learning_images", learning_images, least=1, where="energy_report")
    if priced_as is not None:
        require_choice(priced_as, get_args(PricedAs), "energy_report, priced_as")
    if plan is not None:
        require_kind("plan", plan, Plan, where="energy_report")
    learned = [] if plan is None else [Learned(plan, network, variant_of(plan, network))]
    work = count_network(
        network,
        data,
        learned,
        images=images,
        learning_images=learning_images,
        weight_bit=weight_bits,
        priced_as=priced_as,
    )
    path = "dense" if isinstance(network.population, ReLU) else "spiking"
    variant = learned[0].variant if learned else ""
    return _report(work, chosen, name or "a network", (dataset or "own images", path, variant))


def energy_report_of_run(
    run: Path | str,
    profiles: str | Profile | Sequence[str | Profile] = ("all",),
    *,
    data_dir: Path | None = None,
    images: int = 1000,
    learning_images: int = 200,
    weight_bits: int | None = None,
    priced_as: PricedAs | None = None,
    measured: bool = False,
    device: str = "cpu",
) -> EnergyReport:
    """Count and price a finished run; learning is counted for all variants with the same weights.

    Args:
        run: its folder.
        profiles: see `energy_report`.
        data_dir: folder of the data sets.
        images: see `energy_report`.
        learning_images: see `energy_report`.
        weight_bits: see `energy_report`.
        priced_as: see `energy_report`.
        measured: measure this machine's joules of predicting too, where it has a counter.
        device: cpu, cuda, or cuda:N; where to run.

    Raises:
        RunError: if the run is missing, unfinished or damaged.
        DataError: if its images are not there.
        ProfileError: if a profile is not there or not valid.
    """
    chosen = selected_profiles(profiles)
    trained = load_run(RunDirectory(Path(run)), device)
    config = trained.config
    split = prepare(images_of(trained, data_dir), config, device)
    work = count_run(
        config,
        trained.network,
        split,
        images=images,
        learning_images=learning_images,
        weight_bit=weight_bits,
        priced_as=priced_as,
    )
    found = measure_prediction(trained.network, split.test.some(images), device) if measured else None
    kind = (config.data.dataset, config.path, config.variant)
    return _report(work, chosen, str(run), kind, found)


def energy_report_of_file(
    file: Path | str,
    data: Path | str | None,
    profiles: str | Profile | Sequence[str | Profile] = ("all",),
    *,
    dt_ms: float | None = None,
    written_by: Convention | None = None,
    rates: Mapping[str, float] | float | None = None,
    steps: int = 1,
    weight_bits: int | None = None,
    record: Path | str | None = None,
) -> EnergyReport:
    """Count and price a ``.nir`` file on recorded spikes, or at given firing rates.

    Args:
        file: the network.
        data: an ``.npz`` with ``spikes``, ``(T, B, …)``, or with an array for each input under its name; None
            where rates are given.
        profiles: see `energy_report`.
        dt_ms: duration of a step; see `neuroff.foreign.read_nir`.
        written_by: see `neuroff.foreign.convention_of`; what the network does under each without it.
        rates: firing rates in place of data: by the names of inputs and populations, or one for all.
        steps: T, where rates are given.
        weight_bits: see `energy_report`.
        record: a file to write what every input and neuron did to, as NIR's data; see
            `neuroff.exchange.nir.recordings`.

    Raises:
        ExportError: if the file is no network that can be run; names the node.
        DataError: if the data are not there or do not fit.
        ConfigError: if the step is not known.
        ProfileError: if a profile is not there or not valid.
    """
    chosen = selected_profiles(profiles)
    graph = read_nir(file, dt_ms=dt_ms, written_by=written_by)
    if rates is not None:
        if record is not None:
            raise ConfigError(
                "nothing runs at given rates", where="--record", fix="pass --data, or leave it out"
            )
        work = expected_work(graph, rates, steps, weight_bits)
        return _graph_report(work, chosen, str(file), "given rates")
    if data is None:
        raise ConfigError(
            "neither data nor rates",
            where=str(file),
            expected="an .npz with the array `spikes`, (T, B, …), or the firing rate of every population",
            fix="pass --data FILE.npz, or --rates 0.05 --steps 25",
        )
    arrays = read_spikes(data, graph.dt_ms)
    if record is not None:
        from neuroff.exchange.nir.recordings import write_recordings  # needs h5py

        target = require_free(Path(record), ExportError, force=None)
        seen = recorded(graph, values_for(graph, arrays, str(data)))
        kept = {name: {key: each.numpy() for key, each in of.items()} for name, of in seen.items()}
        write_recordings(target, kept, graph.dt_ms / 1000.0)
    work = count_work(graph, arrays, str(data), weight_bits)
    return _graph_report(work, chosen, str(file), Path(data).name)


def _graph_report(work: GraphWork, profiles: Sequence[Profile], name: str, dataset: str) -> EnergyReport:
    accounts = tuple(account(work.counted, entry) for entry in profiles)
    return EnergyReport(
        run=name,
        dataset=dataset,
        path="spiking",
        variant="",
        images=work.samples,
        learning_images=0,
        epoch_images=0,
        firing_rate=work.firing_rate,
        counted=work.counted,
        accounts=accounts,
        graph=work.facts,
        what_if={
            entry.profile.id: what_ifs(work.counted.work, entry.profile, entry.network.placement.weight_bit)
            for entry in accounts
        },
        versions=versions(),
        commit=commit(),
    )


def _report(
    work: RunWork,
    profiles: Sequence[Profile],
    name: str,
    kind: tuple[str, str, str],
    measured: Measured | NoMeter | None = None,
) -> EnergyReport:
    dataset, path, variant = kind
    return EnergyReport(
        run=name,
        dataset=dataset,
        path=path,
        variant=variant,
        images=work.activity.images,
        learning_images=work.learning_images,
        epoch_images=work.epoch_images,
        firing_rate=work.activity.firing_rate,
        counted=work.counted,
        accounts=tuple(account(work.counted, entry) for entry in profiles),
        measured=measured if isinstance(measured, Measured) else None,
        no_meter=measured.reason if isinstance(measured, NoMeter) else None,
        not_exported=work.not_exported,
        versions=versions(),
        commit=commit(),
    )
