"""What is published of a data set: files, each with its size, checksum and home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

FormName = Literal["gz", "plain", "archive"]


@dataclass(frozen=True)
class FileForm:
    """One form in which a published file may lie on disk.

    Attributes:
        name: file name.
        form: `gz`, `plain`, or `archive`, which is read without being unpacked.
        checksum: as publishers or redistributors list it, `sha256:…` or `md5:…`.
        n_bytes: its size; None where no publisher lists it.
        address: what follows a mirror's address; the name if empty.
        md5: MD5, where it is listed.
    """

    name: str
    form: FormName
    checksum: str
    n_bytes: int | None
    address: str = ""
    md5: str | None = None

    @property
    def algorithm(self) -> str:
        """Name of the checksum's algorithm."""
        return self.checksum.partition(":")[0]

    def url(self, mirror: str) -> str:
        """Return where a mirror has it."""
        return mirror + (self.address or self.name)


class PublishedFile(Protocol):
    """A file in one form or more."""

    @property
    def forms(self) -> tuple[FileForm, ...]:
        """The forms, the published one first; the last one's name is what tables call the file."""
        ...


class PublishedSet(Protocol):
    """A data set of published files."""

    @property
    def name(self) -> str:
        """The name users type."""
        ...

    @property
    def folder(self) -> str:
        """Folder of its files below a data root."""
        ...

    @property
    def mirrors(self) -> tuple[str, ...]:
        """Base addresses, tried in order."""
        ...

    @property
    def files(self) -> tuple[PublishedFile, ...]:
        """All files."""
        ...


@dataclass(frozen=True)
class ArchiveFile:
    """A file that stays as it is published.

    Attributes:
        published: its one form.
    """

    published: FileForm

    @property
    def forms(self) -> tuple[FileForm, ...]:
        """The one form."""
        return (self.published,)
