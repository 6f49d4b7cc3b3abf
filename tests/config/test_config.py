from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from neuroff.config import Config, parse_config
from neuroff.config.overrides import apply_settings, field_rows
from neuroff.data import names
from neuroff.errors import ConfigError
from tests.samples import few

# Spike encodings are valid here, so every key can be set alone.
START = apply_settings(Config(), ["path=spiking", "input_scale=raw", "amplitude=one"])
TOP = {"path": "spiking", "variant": "acff", "seed": "7"}
LEAVES = [row[0] for row in field_rows()]
KEYS = [*TOP, *LEAVES]
NAMES = [key.rpartition(".")[2] for key in KEYS]


def read(config: Config, key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = getattr(value, part)
    return value


def choices(key: str) -> tuple[Any, ...]:
    section, name = key.split(".")
    annotation = type(getattr(START, section)).model_fields[name].annotation
    return get_args(annotation)


def kind(key: str) -> str:
    return next(row[1] for row in field_rows() if row[0] == key)


def values_for(key: str) -> list[tuple[str, Any]]:
    """Valid values of a key as (text, parsed)."""
    if key == "data.dataset":
        return [(name, name) for name in names()]
    if key == "data.input_scale":
        return [("raw", "raw")]
    if key == "label.amplitude":
        return [("one", "one"), ("max", "max"), ("2.5", 2.5)]
    if key == "network.normalisation":
        return [("unit", "unit"), ("rms", "rms")]
    if key == "training.loss":
        return [(name, name) for name in ("threshold", "pairwise", "swish")]
    if key == "asking.form":
        return [("label", "label")]
    if key in (
        "training.pixel_dropout",
        "training.event_drop",
        "neuron.adaptation_decay",
        "training.label_smoothing",
        "data.held_out_share",
    ):
        return [("0.25", 0.25), ("0", 0.0)]
    if key == "training.shift":
        return [("2", 2), ("0", 0)]
    if key == "neuron.rule":
        return [("batch", "batch")]
    if key in ("neuron.betas", "neuron.alphas", "collaboration.gammas", "training.loss_steepnesses"):
        return [("", ())]
    if key == "asking.grid":
        return [("none", None)]
    if key == "asking.mirrored":
        return [("false", False)]
    if key == "neuron.learned":
        return [("threshold", ("threshold",)), ("", ())]
    if " | " in kind(key) and "none" not in kind(key):
        return [(choice, choice) for choice in kind(key).split(" | ")]
    by_kind: dict[str, list[tuple[str, Any]]] = {
        "int | none": [("3", 3), ("none", None), ("None", None), (" 12 ", 12)],
        "float | none": [("0.25", 0.25), ("none", None)],
        "int": [("3", 3), ("77", 77)],
        "bool": [("true", True), ("False", False), ("0", False)],
        "str | none": [("conv 4x3, pool 2, dense 9", "conv 4x3, pool 2, dense 9"), ("none", None)],
        "float": [("0.25", 0.25), ("1", 1.0), ("1e-3", 0.001)],
        "list of int": [("7,8", (7, 8)), ("9", (9,)), ("[3, 4, 5]", (3, 4, 5)), ("(3,)", (3,))],
    }
    return by_kind[kind(key)]


@pytest.mark.parametrize("key", LEAVES)
def test_every_key_can_be_set_in_full_and_changes_nothing_else(key: str) -> None:
    for text, expected in values_for(key):
        changed = apply_settings(START, [f"{key}={text}"])
        assert read(changed, key) == expected
        assert [k for k in KEYS if read(changed, k) != read(START, k) and k != key] == []


@pytest.mark.parametrize(("key", "text"), TOP.items())
def test_top_keys(key: str, text: str) -> None:
    assert str(read(apply_settings(START, [f"{key}={text}"]), key)) == text


def test_the_only_ambiguous_short_key_is_threshold() -> None:
    ambiguous = {name for name in NAMES if NAMES.count(name) > 1}
    assert ambiguous == {"threshold"}
    message = r"--set: key 'threshold' is ambiguous; expected collaboration\.threshold or neuron\.threshold"
    with pytest.raises(ConfigError, match=message):
        apply_settings(START, ["threshold=1"])


@pytest.mark.parametrize("key", [key for key in LEAVES if NAMES.count(key.rpartition(".")[2]) == 1])
def test_short_keys(key: str) -> None:
    text, expected = values_for(key)[0]
    assert read(apply_settings(START, [f"{key.rpartition('.')[2]} = {text}"]), key) == expected


def test_later_settings_win_and_the_start_is_left() -> None:
    before = START.model_dump()
    assert apply_settings(START, ["gamma=1", "gamma=2"]).collaboration.gamma == 2.0
    assert apply_settings(START, []) == START
    assert START.model_dump() == before


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("gama", "gamma"),
        ("training.epoch", "training.epochs"),
        ("weigth", "weight"),
        ("learningrate", "learning_rate"),
        ("network.width", "network.widths"),
    ],
)
def test_an_unknown_key_suggests_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf"unknown key '{wrong}'\. Did you mean '{near}'"):
        apply_settings(START, [f"{wrong}=1"], "--here")


def test_a_key_like_none_points_to_the_list() -> None:
    with pytest.raises(ConfigError, match=r"unknown key 'qqqqqq'.*--help-config"):
        apply_settings(START, ["qqqqqq=1"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("epochs=0", r"training\.epochs='0': .*greater than or equal to 1"),
        ("epochs=1.5", r"training\.epochs='1\.5': .*integer"),
        ("theta=nan", r"training\.theta='nan': .*finite"),
        ("theta=1e300", r"training\.theta='1e300': .*less than or equal to 1(e\+30|0{30})\b"),
        ("gamma=inf", r"collaboration\.gamma='inf': .*finite"),
        ("epsilon=0", r"network\.epsilon='0': .*greater than 0"),
        ("beta=1.01", r"neuron\.beta='1\.01': .*less than or equal to 1"),
        ("neuron.steps=0", r"neuron\.steps='0': "),
        ("chunk_size=99999999999999999999", r"training\.chunk_size='9+': .*less than or equal to"),
        ("widths=", r"network\.widths=\[\]: .*at least 1"),
        ("widths=5,x", r"network\.widths\.1='x': .*integer"),
        ("widths=5,-1", r"network\.widths\.1='-1': "),
        ("amplitude=loud", r"label\.amplitude='loud': Input should be 'one' or 'max'"),
        ("amplitude=-1", r"label\.amplitude='-1': .*Input should be greater than 0"),
        ("weight_decay=-1", r"training\.weight_decay='-1': Input should be greater than or equal to 0"),
        ("dataset=cifar", r"data\.dataset='cifar': .*one of mnist, fashion-mnist, .*register"),
        ("variant=cff", r"variant='cff': .*'ff', 'fcff' or 'acff'"),
        ("seed=-1", r"seed='-1': "),
        ("seed=9223372036854775808", r"seed='9223372036854775808': "),
        ("epochs=none", r"training\.epochs='none': "),
    ],
)
def test_bad_values_name_key_and_value(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^--set: {message}"):
        apply_settings(START, [setting])


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("neuron", "steps", True), ("training", "learning_rate", False), ("network", "widths", [10, True])],
)
def test_yes_and_no_are_no_numbers(section: str, key: str, value: object) -> None:
    values = Config().model_dump(mode="json")
    values[section][key] = value
    with pytest.raises(ConfigError, match=rf"{section}\.{key}.*yes or no where a number"):
        parse_config(values, "config.json")


def test_several_bad_values_are_all_named() -> None:
    with pytest.raises(
        ConfigError, match=r"theta='x'.*; training\.epochs='y'|epochs='y'.*; training\.theta='x'"
    ):
        apply_settings(START, ["theta=x", "epochs=y"])


def test_a_setting_needs_an_equals_sign() -> None:
    with pytest.raises(ConfigError, match=r"'gamma' has no '='; expected key=value"):
        apply_settings(START, ["gamma"])


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(ConfigError) as caught:
        apply_settings(START, ["theta=" + "x" * 5000])
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("encoding", ["bernoulli", "regular", "latency"])
@pytest.mark.parametrize("other", ["input_scale=standardised", "amplitude=max"])
def test_spike_encodings_need_raw_pixels_and_a_label_of_one(encoding: str, other: str) -> None:
    message = rf"neuron\.encoding={encoding} needs data\.input_scale=raw and label\.amplitude=one"
    with pytest.raises(ConfigError, match=message):
        apply_settings(START, [f"encoding={encoding}", other])
    # The dense path has no encoding, and a constant current takes any pixels.
    apply_settings(START, [f"encoding={encoding}", other, "path=dense"])
    apply_settings(START, [other])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["betas=0.9"], "neuron.betas has 1 values for 2 layers"),
        (["model=cuba", "alphas=0.1,0.2,0.3"], "neuron.alphas has 3 values for 2 layers"),
        (["model=if", "learned=beta"], "neuron.model=if has no leak to learn"),
        (["learned=alpha"], "neuron.learned=alpha needs neuron.model=cuba"),
        (["rule=online_end"], "neuron.rule=online_end needs network.gain=online or constant"),
        (["rule=online_step", "gain=online", "path=dense"], "need path=spiking"),
        (["timing=online", "path=dense"], "collaboration.timing, collaboration.delay .*need path=spiking"),
        (["delay=1", "path=dense"], "need path=spiking"),
        (["betas=0.9,1.1"], r"neuron\.betas\.1='1\.1': .*less than or equal to 1"),
        (["learned=weight"], r"neuron\.learned\.0='weight': .*'beta', 'alpha' or 'threshold'"),
        (["refractory=-1"], r"neuron\.refractory='-1'"),
        (["trace_decay=0"], r"neuron\.trace_decay='0': .*greater than 0"),
        (["bits=0"], r"collaboration\.bits='0'"),
    ],
)
def test_keys_of_the_spiking_path_that_contradict_each_other(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        apply_settings(START, settings)


@pytest.mark.parametrize(
    ("settings", "key", "value"),
    [
        (["betas=0.9,0.8"], "neuron.betas", (0.9, 0.8)),
        (["model=cuba", "alphas=0,1"], "neuron.alphas", (0.0, 1.0)),
        (["model=cuba", "learned=alpha,beta"], "neuron.learned", ("alpha", "beta")),
        (["rule=online_end", "gain=online"], "neuron.rule", "online_end"),
        (["rule=online_step", "gain=constant"], "neuron.rule", "online_step"),
    ],
)
def test_keys_of_the_spiking_path_that_go_together(
    settings: list[str], key: str, value: str | tuple[float | str, float | str]
) -> None:
    assert read(apply_settings(START, settings), key) == value


def test_configurations_are_frozen() -> None:
    with pytest.raises(ValidationError):
        START.seed = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        START.training.epochs = 1  # type: ignore[misc]
    assert hash(START) == hash(apply_settings(START, []))


def test_unknown_keys_in_a_file_are_errors() -> None:
    values = START.model_dump(mode="json")
    values["training"]["momentum"] = 0.9
    with pytest.raises(ConfigError, match=r"^run\.json: training\.momentum=0\.9: Extra inputs"):
        parse_config(values, "run.json")


valid_settings = st.lists(
    st.sampled_from([f"{key}={text}" for key in LEAVES for text, _ in values_for(key)]), max_size=12
)


@few
@given(valid_settings)
def test_round_trip_through_json(chosen: list[str]) -> None:
    try:
        config = apply_settings(START, chosen)
    except ConfigError as error:
        assume("needs" not in str(error))  # each is valid, but they contradict each other
        raise
    text = json.dumps(config.model_dump(mode="json"), allow_nan=False)
    assert parse_config(json.loads(text), "text") == config


def test_field_rows_are_complete_and_described() -> None:
    sections = [name for name in Config.model_fields if isinstance(getattr(START, name), BaseModel)]
    expected = [f"{s}.{name}" for s in sections for name in type(getattr(START, s)).model_fields]
    assert expected == LEAVES
    defaults = Config()
    for key, type_text, default, description in field_rows():
        assert default == read(defaults, key)
        assert len(description) > 5, key
        assert type_text, key
        assert "Annotated" not in type_text
        assert "typing" not in type_text
        if choices(key) and isinstance(default, str):
            assert default in type_text.split(" | ")


def outcome(function: Callable[..., Any], *arguments: Any) -> str:
    try:
        made = function(*arguments)
    except ConfigError as error:
        return error.where
    return "configuration" if isinstance(made, Config) else made


anything = st.text(max_size=30)
texts = st.one_of(
    anything,
    st.builds("{}={}".format, st.sampled_from(KEYS + NAMES), anything),
    st.builds("{}={}".format, st.sampled_from(KEYS), st.integers().map(str) | st.floats().map(str)),
    st.builds("{}={}".format, anything, anything),
)


@settings(max_examples=300, deadline=None)
@example(["seed=\ud800"])
@example(["\ud800=1"])
@example(["widths=[[[[" + "," * 40])
@example(["seed=" + "9" * 5000])
@given(st.lists(texts, max_size=3))
def test_any_text_is_a_configuration_or_a_config_error(chosen: list[str]) -> None:
    assert outcome(apply_settings, START, chosen) in ("configuration", "--set")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["seed", "training", "epochs", "widths", "network", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*Config.model_fields, "other"]), json_values, max_size=4))
def test_any_json_object_is_a_configuration_or_a_config_error(
    values: dict[str, Any],
) -> None:
    assert outcome(parse_config, values, "file") in ("configuration", "file")
