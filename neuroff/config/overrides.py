"""Setting a configuration's fields by key, as ``--set`` does.

A field is named by its dotted key, ``collaboration.gamma=0.5``, or by its last part where that is unique,
``gamma=0.5``.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from neuroff.checks import require_kind
from neuroff.config.schema import Config, Section, parse_config
from neuroff.errors import ConfigError, shortened


def apply_settings(config: Config, settings: str | Iterable[str], where: str = "--set") -> Config:
    """Return ``config`` with ``key=value`` settings applied.

    Args:
        config: the configuration to start from.
        settings: such as ``collaboration.gamma=0.5`` or ``widths=500,500``; one, or several.
        where: argument to name in errors.

    Raises:
        ConfigError: if a key is unknown or ambiguous or a value is not valid.
    """
    require_kind("config", config, Config, where=where)
    given = (settings,) if isinstance(settings, str) else settings
    require_kind("settings", given, Iterable, where=where, expected="key=value, or several")
    values = config.model_dump(mode="json")
    for setting in given:
        require_kind("a setting", setting, str, where=where, expected="key=value, such as gamma=0.5")
        key, separator, text = setting.partition("=")
        if not separator:
            raise ConfigError(
                f"{shortened(setting)} has no '='", where=where, expected="key=value, such as gamma=0.5"
            )
        path = _resolve(key.strip(), where)
        target = values
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = _parse_value(text.strip(), _field_type(path))
    return parse_config(values, where)


def field_rows() -> Iterator[tuple[str, str, Any, str]]:
    """Yield (dotted key, type, default, description) of every field of every section."""
    for name, info in Config.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, Section):
            for key, field in section.model_fields.items():
                yield f"{name}.{key}", _type_text(field.annotation), field.default, field.description or ""


def _type_text(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return " | ".join(str(choice) for choice in get_args(annotation))
    if origin is Annotated:
        return _type_text(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return " | ".join(_type_text(part) for part in get_args(annotation))
    if origin is tuple:
        return "list of " + _type_text(get_args(annotation)[0])
    if annotation is type(None):
        return "none"
    return getattr(annotation, "__name__", str(annotation))


def _keys() -> list[str]:
    return ["path", "variant", "seed", *(row[0] for row in field_rows())]


def _resolve(key: str, where: str) -> list[str]:
    keys = _keys()
    if key in keys:
        return key.split(".")
    candidates = [known for known in keys if known.rpartition(".")[2] == key]
    if len(candidates) == 1:
        return candidates[0].split(".")
    if candidates:
        raise ConfigError(f"key {key!r} is ambiguous", where=where, expected=" or ".join(candidates))
    leaves = {known.rpartition(".")[2]: known for known in keys}
    near = difflib.get_close_matches(key, [*keys, *leaves], n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`neuroff train --help-config` lists every key"
    raise ConfigError(f"unknown key {shortened(key)}", where=where, fix=hint.rstrip("?"))


def _field_type(path: list[str]) -> Any:
    model: type[BaseModel] = Config
    for part in path[:-1]:
        section = model.model_fields[part].annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            model = section
    return model.model_fields[path[-1]].annotation


def _parse_value(text: str, annotation: Any) -> Any:
    if text.lower() == "none" and type(None) in get_args(annotation):
        return None
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is tuple:
        return [part.strip() for part in text.strip("[]()").split(",") if part.strip()]
    return text
