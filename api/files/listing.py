"""What is in a folder."""

import os
import stat
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from api.errors import NotFoundError
from api.files.paths import Place, explained
from api.schema import Record

MAX_ENTRIES = 10_000


class Entry(Record, omit_defaults=False):
    """Something in a folder."""

    name: str
    """What is not UTF-8 in it is replaced."""
    href: str
    """The name as it goes into an address."""
    type: Literal["file", "folder", "link", "other"]
    size: int
    """Bytes."""
    modified_at: str


class Listing(Record, omit_defaults=False):
    """A folder: its folders first, then everything else, by name."""

    path: str
    """From the workspace on; empty for the workspace itself."""
    entries: list[Entry]
    truncated: bool
    """There is more than one answer holds."""


def list_folder(place: Place) -> Listing:
    """What is in the folder.

    Raises:
        NotFoundError: there is no such folder.
    """
    with place.opened() as found, explained():
        if not stat.S_ISDIR(os.fstat(found).st_mode):
            raise NotFoundError("No such folder")
        folder = os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - a path cannot be a descriptor
            entries = [entry for name in names[:MAX_ENTRIES] if (entry := _entry(folder, name))]
        finally:
            os.close(folder)
    entries.sort(key=lambda entry: entry.type != "folder")
    return Listing(path=place.text, entries=entries, truncated=len(names) > MAX_ENTRIES)


def _entry(folder: int, name: str) -> Entry | None:
    try:
        facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None  # it went while we looked
    raw = os.fsencode(name)
    return Entry(
        name=raw.decode(errors="replace"),
        href=quote(raw) + ("/" if stat.S_ISDIR(facts.st_mode) else ""),
        type=_kind(facts.st_mode),
        size=facts.st_size,
        modified_at=_when(facts.st_mtime),
    )


def _kind(mode: int) -> Literal["file", "folder", "link", "other"]:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


def _when(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError):
        return "1970-01-01T00:00:00.000Z"
