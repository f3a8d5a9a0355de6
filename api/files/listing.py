"""Lists the content of a folder of a workspace."""

import os
import stat
from typing import Literal
from urllib.parse import quote

from api.errors import NotFoundError
from api.files.paths import WorkspacePath, api_errors
from api.schema import Record
from runtime.clock import timestamp

MAX_ENTRIES = 10_000


class Entry(Record, omit_defaults=False):
    """A file, folder or link in a folder."""

    name: str
    """The name; bytes that are not UTF-8 are replaced."""
    href: str
    """The name as it is written in a URL, with a slash after a folder's."""
    type: Literal["file", "folder", "link", "other"]
    size: int
    """Bytes."""
    modified_at: str


class Listing(Record, omit_defaults=False):
    """The content of a folder: first its folders, then everything else, by name."""

    path: str
    """Relative to the workspace; empty for the workspace itself."""
    entries: list[Entry]
    truncated: bool
    """Whether the folder has more entries than the answer."""


def list_folder(path: WorkspacePath) -> Listing:
    """The content of the folder.

    Raises:
        NotFoundError: there is no such folder.
    """
    with path.opened() as found, api_errors():
        if not stat.S_ISDIR(os.fstat(found).st_mode):
            raise NotFoundError("No such folder")
        folder = os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - a path cannot be a descriptor
            entries = [entry for name in names[:MAX_ENTRIES] if (entry := _entry(folder, name))]
        finally:
            os.close(folder)
    entries.sort(key=lambda entry: entry.type != "folder")
    return Listing(path=path.text, entries=entries, truncated=len(names) > MAX_ENTRIES)


def _entry(folder: int, name: str) -> Entry | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None  # removed since the folder was read
    raw = os.fsencode(name)
    return Entry(
        name=raw.decode(errors="replace"),
        href=quote(raw) + ("/" if stat.S_ISDIR(status.st_mode) else ""),
        type=_kind(status.st_mode),
        size=status.st_size,
        modified_at=_modified_at(status.st_mtime),
    )


def _kind(mode: int) -> Literal["file", "folder", "link", "other"]:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


def _modified_at(seconds: float) -> str:
    try:
        return timestamp(seconds)
    except (OverflowError, ValueError):
        return "1970-01-01T00:00:00.000Z"
