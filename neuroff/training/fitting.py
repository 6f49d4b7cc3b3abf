"""Whether a plan, a network and images go together; a configuration is refused earlier, by its keys."""

from __future__ import annotations

from neuroff.core.inputs import Inputs
from neuroff.core.network import Network
from neuroff.core.neurons.relu import ReLU
from neuroff.core.plan import Augmentation, Plan
from neuroff.errors import ConfigError
from neuroff.training.augmentation import planes_to_move


def require_fitting(network: Network, inputs: Inputs, plan: Plan) -> None:
    """Refuse what cannot be trained, or would be trained as something else.

    Args:
        network: of at least one layer; all its neurons take the same number of steps.
        inputs: the training images.
        plan: how it is to be trained.

    Raises:
        ConfigError: naming what does not go with what.
    """
    _require_images(network, inputs, plan)
    if isinstance(plan.loss, tuple) and len(plan.loss) != len(network.layers):
        raise ConfigError(
            f"{len(plan.loss)} losses for {len(network.layers)} layers",
            where="training",
            expected="one loss for all, or one for each",
        )
    for index, layer in enumerate(network.layers):
        network.asking.require_room(layer.synapses.neurons, f"layer {index + 1}")
    _require_one_time(network, inputs)
    if isinstance(network.population_of(0), ReLU):
        if network.bus.over_time or plan.rule != "batch":
            raise ConfigError(
                f"rule={plan.rule} and a bus of timing {network.bus.timing} and delay {network.bus.delay}",
                where="training of a dense network",
                expected="rule=batch and timing presentation without delay: dense neurons have no steps",
            )
        return
    heard = plan.gamma is not None or any(bool(layer.gamma) for layer in network.layers)
    if plan.rule == "online_step" and network.bus.timing != "online" and heard:
        raise ConfigError(
            "rule=online_step with a bus that speaks at the end of a presentation",
            where="training",
            expected="a bus of timing online: this rule learns at every step",
        )
    if plan.rule != "batch" and network.gain == "presentation":
        raise ConfigError(
            f"rule={plan.rule} with the gain of a whole presentation, which looks ahead",
            where="training",
            expected="a network whose gain is online or constant",
        )


def _require_images(network: Network, inputs: Inputs, plan: Plan) -> None:
    if not network.layers or not len(inputs):
        raise ConfigError(
            f"{len(network.layers)} layers and {len(inputs)} images",
            where="training",
            expected="at least one of each",
        )
    inputs.require_asking(network.asking, "training")
    asked = plan.augmentation
    if asked.moves:
        _require_movable(inputs, asked)
    if asked.of_events and inputs.pixels.ndim != 3:
        raise ConfigError(
            f"jitter = {asked.jitter}, drop = {asked.drop:g} of images without time",
            where="training",
            expected="recordings, whose events have steps",
            fix="set them to 0",
        )


def _require_movable(inputs: Inputs, asked: Augmentation) -> None:
    """Refuse images without height and width, and moves or cuts as large as an image."""
    planes = planes_to_move(inputs)
    if planes is None:
        raise ConfigError(
            f"shift = {asked.shift}, flip = {asked.flip:g}, cutout = {asked.cutout} of images "
            f"{tuple(inputs.pixels.shape[1:])}",
            where="training",
            expected="images of known height and width, or square ones",
            fix="set them to 0",
        )
    side = min(planes.height, planes.width)
    for name, asked_for in (("shift", asked.shift), ("cutout", asked.cutout)):
        if asked_for >= side:
            raise ConfigError(
                f"{name} = {asked_for} of images of {planes.height} × {planes.width} pixels",
                where="training",
                expected=f"less than their shorter side, {side}",
                fix=f"set training.{name}={side - 1} or less",
            )


def _require_one_time(network: Network, inputs: Inputs) -> None:
    """Refuse layers, or layers and images, that differ in their steps."""
    populations = [network.population_of(index) for index in range(len(network.layers))]
    steps = [population.steps for population in populations]
    if len({network.population.steps, *steps}) > 1 or len({isinstance(p, ReLU) for p in populations}) > 1:
        raise ConfigError(
            f"layers of {', '.join(type(each).__name__ for each in populations)} neurons "
            f"that take {', '.join(map(str, steps))} steps",
            where="training",
            expected=f"one kind of time: {network.population.steps} steps, as Network.population says",
        )
    recorded = inputs.pixels.ndim == 3
    if not recorded and inputs.encoder.encoding == "constant":
        return
    arriving = inputs.pixels.shape[2] if recorded else inputs.encoder.steps
    if arriving != steps[0] or isinstance(populations[0], ReLU):
        raise ConfigError(
            f"images that are spikes over {arriving} steps meet {type(populations[0]).__name__} neurons "
            f"of {steps[0]}",
            where="training",
            expected="spiking neurons of as many steps",
        )
