from __future__ import annotations

import math

import torch

from benchmarks.convolution_sides import make_problem
from benchmarks.gpu_networks import Device, arithmetic, colour_images, moved, steps_on


def test_every_network_is_measured_on_colour_images() -> None:
    found = steps_on(Device("cpu", 1e9), colour_images(4), 4, 1)
    assert [(each["path"], each["network"]) for each in found] == [
        *(("dense", "MLP"), ("spiking", "MLP"), ("dense", "CNN"), ("spiking", "CNN"))
    ]
    for each in found:
        assert math.isclose(each["images_per_s"], 4 / each["seconds"])
        assert each["share_of_matrix_rate"] > 0
        assert each["peak_bytes"] >= 0
        assert each["engine"] == ("numba" if each["path"] == "spiking" else "torch")


def test_arithmetic_is_products_forward_and_back() -> None:
    dense = make_problem(colour_images(4), 4, "dense", layers="dense 20, dense 10")
    assert arithmetic(dense) == 4 * 4 * (3072 * 20 + 20 * 10)
    spiking = make_problem(colour_images(4), 4, "spiking", layers="dense 20, dense 10")
    assert arithmetic(spiking) == 4 * 4 * (3072 * 20 + spiking.config.neuron.steps * 20 * 10)


def test_a_problem_on_the_processor_stays_as_it_is() -> None:
    problem = make_problem(colour_images(4), 4, "dense", layers="dense 20")
    assert moved(problem, "cpu") is problem
    there = moved(problem, "meta")
    assert there.network.engine.name == "torch"  # loops are a processor's
    assert there.network.layers[0].synapses.tensors()["weight"].device == torch.device("meta")
    constant = there.inputs.constant
    assert constant is not None
    assert constant.image.values.device.type == "meta"
