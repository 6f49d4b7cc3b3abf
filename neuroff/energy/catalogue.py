"""The shipped profiles, and loading a profile by name or from a file."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from neuroff.energy.checking import profile_from_mapping
from neuroff.energy.profile import Profile
from neuroff.energy.toml_text import parse, read_text
from neuroff.energy.vocabulary import nearest
from neuroff.errors import ProfileError

_FOLDER = "hardware_profiles"
_SUFFIX = ".toml"


def list_profiles() -> tuple[str, ...]:
    """Names of the shipped profiles, sorted.

    Raises:
        ProfileError: the installation holds no profiles.
    """
    return tuple(sorted(_shipped()))


def load_profile(name_or_path: str | Path) -> Profile:
    """A shipped profile by name, or any profile from a file.

    Args:
        name_or_path: a name of :func:`list_profiles`; or a path, which is a :class:`~pathlib.Path` or
            text that ends in ``.toml`` or has a folder in it.

    Raises:
        ProfileError: no such profile or file, or every problem of the file in one message.
    """
    if isinstance(name_or_path, Path) or _looks_like_path(name_or_path):
        return _load(Path(name_or_path), str(name_or_path))
    shipped = _shipped()
    if name_or_path not in shipped:
        near = nearest(name_or_path, tuple(shipped))
        raise ProfileError(
            f"no profile is named {name_or_path!r}",
            expected=f"one of {', '.join(sorted(shipped))}, or a file that ends in {_SUFFIX}",
            fix=f"did you mean {near}?" if near else "",
        )
    return _load(shipped[name_or_path], f"{_FOLDER}/{name_or_path}{_SUFFIX}")


def _load(path: Path | Traversable, where: str) -> Profile:
    text = read_text(path, where)
    return profile_from_mapping(parse(text, where), where, text)


def _looks_like_path(text: str) -> bool:
    return text.endswith(_SUFFIX) or "/" in text or "\\" in text


def _shipped() -> dict[str, Path | Traversable]:
    """Shipped profile files by name: inside the installed package, or beside it in a source checkout."""
    package = files("neuroff")
    installed = package / _FOLDER
    if installed.is_dir():
        return _profiles_in(installed)
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / _FOLDER).is_dir():
        return _profiles_in(checkout / _FOLDER)
    raise ProfileError("no shipped profiles were found", where=_FOLDER, fix="install neuroff again")


def _profiles_in(folder: Path | Traversable) -> dict[str, Path | Traversable]:
    return {
        entry.name.removesuffix(_SUFFIX): entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)
    }
