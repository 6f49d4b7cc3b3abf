"""Spiking convolutions as files: what C, netx and SANA-FE's files take, and whether every spike agrees.

    python -m benchmarks.convolution_ported RUN … [--images N] [--lava PYTHON] [--lava-images N] [--out FILE]

Each run is exported to each of the three, and the file held against the network as `neuroff verify` does it;
what is refused stands as the message. Of a C header the bytes of its tables are counted, of its state, and of
the matrices that it would hold were columns not shared. With --lava, an interpreter that has lava-dl 0.6.0
and lava-nc 0.10.0, netx files are loaded by lava-dl itself and run step by step:

    python3.10 -m venv lava && lava/bin/pip install lava-nc==0.10.0 lava-dl==0.6.0
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

import neuroff
from benchmarks.output import finish, positive
from neuroff.chip.deploy import events
from neuroff.chip.network import run as steps_of
from neuroff.chip.program import ChipProgram
from neuroff.core.inputs import Inputs, Split
from neuroff.core.network import Network
from neuroff.core.scores import PredictionRule
from neuroff.errors import ExportError, NeuroffError
from neuroff.exchange.c.source import read_c
from neuroff.exchange.c.tables import LayerTables
from neuroff.exchange.formats import export
from neuroff.exchange.netx import read_netx
from neuroff.exchange.netx_own import rests
from neuroff.exchange.plain import with_plain_pixels
from neuroff.exchange.port import ChipPort, chip_port
from neuroff.exchange.verifying import Verified, verify
from neuroff.exchange.writers import ExportOptions
from neuroff.provenance import commit, versions
from neuroff.runs.directory import RunDirectory
from neuroff.runs.reading import load_run

KINDS = ("c", "netx", "sanafe")
_DEFINED = re.compile(r"#define NEUROFF_(NEURONS|SENT) ([0-9]+)\n")


def held_by(header: Path) -> dict[str, int]:
    """Return the bytes of a header's tables, of its state, and of the matrices that they stand for."""
    layers = read_c(header).chip.layers
    defined = {name: int(value) for name, value in _DEFINED.findall(header.read_text())}
    return {
        "tables_B": sum(LayerTables(number, layer).size_B for number, layer in enumerate(layers, start=1)),
        "matrices_B": sum(layer.synapses.matrix.numel() for layer in layers),
        # a moment; of every neuron three numbers and a byte; what axons carried
        "state_B": 4 + 13 * defined["NEURONS"] + 4 * defined["SENT"],
    }


def by_lava(python: str, file: Path, program: ChipProgram, port: ChipPort, test: Inputs) -> dict[str, Any]:
    """Return what lava-dl makes of a netx file, against the emulator.

    Raises:
        NeuroffError: if it fails, with the last line it wrote about that.
    """
    stimulus = port.fed(test).stimulus(slice(0, len(test)), "predict", 0)
    sent = events(port.deployment, stimulus, torch.zeros(1, len(test), dtype=torch.int64))
    silence = torch.zeros(len(test), program.chip.axons, dtype=torch.int32)
    given = {"events": torch.stack([silence if each is None else each for each in sent])}
    taken = [step.spikes for step in steps_of(program.chip, sent, len(test))]
    for index in range(len(program.chip.layers)):
        given[f"layer{index}"] = torch.stack([spikes[index] for spikes in taken])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, each in given.items():
            np.save(folder / f"{key}.npy", each.numpy(), allow_pickle=False)
        (folder / "net.net").write_bytes(file.read_bytes())
        reset = {"reset_interval": program.length, "reset_offset": 1} if rests(program) else {}
        problem = {"layers": len(program.chip.layers), "reset": reset}
        (folder / "problem.json").write_text(json.dumps(problem))
        script = Path(__file__).parent / "lava" / "netx.py"
        try:
            done = subprocess.run([python, str(script), name], capture_output=True, text=True)
        except OSError as error:
            raise NeuroffError(
                f"cannot be started ({error.strerror})", where=python, expected="a Python 3.10 with lava-dl"
            ) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NeuroffError(f"ended with code {done.returncode} ({last})", where=f"{python} {script.name}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {"images": len(test)} | found


def _verdict(told: Verified) -> dict[str, Any]:
    verdict = told.verdict
    return {
        "ran_by": told.ran_by,
        "agree": verdict.first is None,
        "images": verdict.images,
        "spikes": verdict.spikes,
        "differing": verdict.differing,
        "accuracy": told.accuracy,
    }


def measured(
    kind: str,
    file: Path,
    network: Network,
    split: Split,
    rule: PredictionRule,
    images: int,
    lava: tuple[str, int] | None,
) -> dict[str, Any]:
    """Export a network and hold the file against it."""
    try:
        written = export(network, split, kind, file, ExportOptions(rule=rule))
        found: dict[str, Any] = {"bytes": sum(each.stat().st_size for each in written.files)}
        found |= held_by(file) if kind == "c" else {}
        found |= _verdict(verify(file, network, split, images=images, rule=rule))
    except ExportError as error:
        return {"refused": str(error).replace(str(file), "file")}
    if kind == "netx" and lava is not None:
        plain, given, _ = with_plain_pixels(network, split)
        port = chip_port(plain, given, "netx", rule=rule)
        found["lava"] = by_lava(lava[0], file, read_netx(file), port, given.test.head(lava[1]))
    return found


def ported(run: Path, images: int, lava: tuple[str, int] | None) -> dict[str, Any]:
    """Return what becomes of one run."""
    trained = load_run(RunDirectory(run))
    config = trained.config
    split = neuroff.prepare(neuroff.load(config.data.dataset), config)
    given = (trained.network, split, config.network.prediction, images, lava)
    with tempfile.TemporaryDirectory() as name:
        files = {kind: measured(kind, Path(name) / kind, *given) for kind in KINDS}
    return {
        "dataset": config.data.dataset,
        "layers": config.network.layers,
        "standardise": config.network.standardise,
        "reset": config.neuron.reset,
        "steps": config.neuron.steps,
        "seed": config.seed,
        "files": files,
        "trained_at": trained.result.commit,
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = []
    for run in result["runs"]:
        lines.append(f"{run['dataset']}: {run['layers']}, T = {run['steps']}")
        for kind, found in run["files"].items():
            if "refused" in found:
                lines.append(f"  {kind}: {found['refused']}")
                continue
            held = f"{found['tables_B']:,} bytes of tables, " if kind == "c" else ""
            lines.append(
                f"  {kind}: {held}{found['bytes']:,} bytes; {found['differing']} of {found['spikes']:,} "
                f"spikes differ on {found['images']} images"
            )
            if "lava" in found:
                spikes, differing = (sum(found["lava"][name]) for name in ("spikes", "differing"))
                lines.append(f"    lava-dl: {differing} differ of {spikes:,} spikes")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.convolution_ported",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--images", type=positive, default=300, help="test images of each run (300)")
    parser.add_argument("--lava", metavar="PYTHON", help="interpreter with lava-dl and lava-nc")
    parser.add_argument("--lava-images", type=positive, default=50, help="test images for lava-dl (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the JSON object to a file")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    lava = None if options.lava is None else (options.lava, options.lava_images)

    def measure() -> dict[str, Any]:
        return {
            "what": "spiking convolutions as files",
            "command": "python -m benchmarks.convolution_ported RUN …",
            "versions": versions(),
            "commit": commit(),
            "runs": [ported(run, options.images, lava) for run in options.runs],
        }

    return finish(measure, table, as_json=options.json, out=options.out)


if __name__ == "__main__":
    sys.exit(main())
