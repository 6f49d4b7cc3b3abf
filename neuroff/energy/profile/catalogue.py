"""The shipped profiles, and loading a profile by name or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from neuroff.checks import require_kind
from neuroff.energy.profile.checking import profile_from_mapping
from neuroff.energy.profile.fields import is_profile_id
from neuroff.energy.profile.inheritance import MAX_EXTENDS, merged
from neuroff.energy.profile.problems import InvalidProfileError, Problem, show
from neuroff.energy.profile.schema import Profile
from neuroff.energy.profile.toml_text import parse, read_text
from neuroff.energy.vocabulary import nearest
from neuroff.errors import ProfileError

_FOLDER = "hardware_profiles"
_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class _File:
    """A profile file: where it is, how messages name it, and the folder that ``extends`` looks in first."""

    path: Path | Traversable
    where: str
    folder: Path | None


def list_profiles() -> tuple[str, ...]:
    """Names of the shipped profiles, sorted.

    Raises:
        ProfileError: the installation holds no profiles.
    """
    return tuple(sorted(_shipped()))


def load_profile(name_or_path: str | Path) -> Profile:
    """A shipped profile by name, or any profile from a file.

    A profile that extends another one comes back whole. The other one is a file of the same folder,
    or else a shipped profile.

    Args:
        name_or_path: a name of :func:`list_profiles`; or a path, which is a :class:`~pathlib.Path` or
            text that ends in ``.toml`` or has a folder in it.

    Raises:
        ProfileError: no such profile or file, or every problem of the file in one message.
    """
    return _load(_find(name_or_path), ())[0]


def load_base(name_or_path: str | Path) -> Profile | None:
    """The profile that a profile extends, None where it extends none.

    Raises:
        ProfileError: as :func:`load_profile`.
    """
    file = _find(name_or_path)
    name = _load(file, ())[0].extends
    base = None if name is None else _base_file(name, file)
    return None if base is None else _load(base, ())[0]


def _load(file: _File, chain: tuple[str, ...]) -> tuple[Profile, dict[str, Any]]:
    """A profile and its parsed content with everything it takes from others, ``chain`` leading to it."""
    text = read_text(file.path, file.where)
    own = parse(text, file.where)
    base: Mapping[str, Any] = {}
    unresolved: Problem | None = None
    extends = own.get("extends")
    if isinstance(extends, str) and is_profile_id(extends):
        found = _base(extends, file, (*chain, str(file.path)))
        if isinstance(found, Problem):
            unresolved = found
        else:
            base = found
    raw = merged(own, base)
    return profile_from_mapping(raw, file.where, text, unresolved=unresolved), raw


def _base(name: str, file: _File, chain: tuple[str, ...]) -> dict[str, Any] | Problem:
    """Content of the profile that ``file`` extends, or what is wrong with it."""
    base = _base_file(name, file)
    if base is None:
        known = nearest(name, tuple(_shipped()))
        return Problem(
            "extends",
            f"no profile is named {show(name)}",
            "the name of a profile of the same folder, without .toml, or of a shipped one",
            f'did you mean "{known}"?' if known else "name one of `neuroff profiles list`",
        )
    if str(base.path) in chain:
        return Problem(
            "extends", f"{show(name)} leads back to this file", "a chain that ends", "break the circle"
        )
    if len(chain) > MAX_EXTENDS:
        return Problem(
            "extends", "too long a chain", f"at most {MAX_EXTENDS} profiles that extend each other"
        )
    try:
        return _load(base, chain)[1]
    except InvalidProfileError as error:
        count = len(error.problems)
        what = f"{show(name)} has {count} problem{'s' if count > 1 else ''}, first {error.problems[0]}"
        return Problem("extends", what, "a valid profile", f"correct {base.where} first")


def _base_file(name: str, file: _File) -> _File | None:
    if file.folder is not None:
        beside = file.folder / f"{name}{_SUFFIX}"
        if beside.is_file():
            return _File(beside, str(beside), file.folder)
    shipped = _shipped()
    return _shipped_file(name, shipped[name]) if name in shipped else None


def _find(name_or_path: str | Path) -> _File:
    fix = "a Profile is one already" if isinstance(name_or_path, Profile) else ""
    expected = "a name of `neuroff profiles list`, or a file that ends in .toml"
    require_kind("profile", name_or_path, (str, Path), where="load_profile", expected=expected, fix=fix)
    if isinstance(name_or_path, Path) or _looks_like_path(name_or_path):
        path = Path(name_or_path)
        return _File(path, str(name_or_path), path.parent)
    shipped = _shipped()
    if name_or_path not in shipped:
        near = nearest(name_or_path, tuple(shipped))
        raise ProfileError(
            f"no profile is named {name_or_path!r}",
            expected=f"one of `neuroff profiles list`, or a file that ends in {_SUFFIX}",
            fix=f"did you mean {near}?" if near else "",
        )
    return _shipped_file(name_or_path, shipped[name_or_path])


def _shipped_file(name: str, path: Path | Traversable) -> _File:
    return _File(path, f"{_FOLDER}/{name}{_SUFFIX}", None)


def _looks_like_path(text: str) -> bool:
    return text.endswith(_SUFFIX) or "/" in text or "\\" in text


def _shipped() -> dict[str, Path | Traversable]:
    """Shipped profile files by name: inside the installed package, or beside it in a source checkout."""
    package = files("neuroff")
    installed = package / _FOLDER
    if installed.is_dir():
        return _profiles_in(installed)
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file() and (checkout / _FOLDER).is_dir():
        return _profiles_in(checkout / _FOLDER)
    raise ProfileError("no shipped profiles were found", where=_FOLDER, fix="install neuroff again")


def _profiles_in(folder: Path | Traversable) -> dict[str, Path | Traversable]:
    return {
        entry.name.removesuffix(_SUFFIX): entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)
    }
