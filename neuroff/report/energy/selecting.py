"""Which devices a report is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neuroff.checks import require_kind
from neuroff.energy import Profile, list_profiles, load_profile
from neuroff.errors import ProfileError


def selected_profiles(named: str | Profile | Sequence[str | Profile]) -> list[Profile]:
    """Return the named profiles, or all that ship with neuroff if ``all`` is among the names.

    Raises:
        ProfileError: if one is not there or not valid, or two that differ have one id.
    """
    names = [named] if isinstance(named, str | Profile) else named
    require_kind("profiles", names, Iterable, where="energy report", expected="names, files or profiles")
    for each in names:
        expected = "a name, a file or a profile"
        require_kind("one of profiles", each, (str, Profile), where="energy report", expected=expected)
    wanted = list(dict.fromkeys(name for name in names if isinstance(name, str) and name != "all"))
    shipped = list_profiles() if "all" in names else []
    loaded = [load_profile(name) for name in [*shipped, *(name for name in wanted if name not in shipped)]]
    chosen = loaded + [profile for profile in names if isinstance(profile, Profile)]
    found: dict[str, Profile] = {}
    for profile in chosen:
        other = found.setdefault(profile.id, profile)
        if other.sha256() != profile.sha256():
            raise ProfileError(
                f"two profiles with the id {profile.id!r}",
                where="--profile",
                expected="an id of its own for each",
                fix="change meta.id in one of the files",
            )
    return list(found.values())
