"""An exporter of your own: a function from a network to a file, registered under a name."""

import json
from pathlib import Path

import neuroff
from neuroff.core.inputs import Split
from neuroff.core.network import Network
from neuroff.exchange.formats import Format, register
from neuroff.exchange.writers import ExportOptions, Written
from tests.extending.conftest import Start


def as_json(network: Network, split: Split, out: Path, options: ExportOptions) -> Written:
    matrices = [layer.synapses.affine()[0].tolist() for layer in network.layers]
    out.write_text(json.dumps(matrices))
    return Written((out,), network.widths, ("biases are left out",))


def test_my_format_is_one_of_them(start: Start, tmp_path: Path) -> None:
    network, split, _ = start("spiking")
    register(Format("matrices", "weights as JSON", as_json))
    done = neuroff.export(network, split, "matrices", tmp_path / "net.json")
    assert len(json.loads(done.files[0].read_text())[0]) == done.widths[1] == 80
