"""Resolves a path from a URL inside a workspace, safely even if links are changed meanwhile.

Opens each step of the path, and then reads from the kernel where the opened file or folder really is.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote_to_bytes

from api.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    DiskFullError,
    FileError,
    ForbiddenError,
    IsFolderError,
    NotFoundError,
    OutsideWorkspaceError,
)

FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
ANYTHING = os.O_PATH | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspacePath:
    """A path inside a workspace; nothing is opened until it is used."""

    root: Path
    """The workspace."""
    parts: tuple[str, ...]
    """The names below the root. Bytes that are not UTF-8 are escaped as Python's file functions expect them."""

    @classmethod
    def parse(cls, root: Path, quoted: bytes) -> Self:
        """The path that a percent-encoded URL path names.

        Raises:
            BadRequestError: it contains NUL.
            OutsideWorkspaceError: it contains `..`.
        """
        parts = [part for part in unquote_to_bytes(quoted).split(b"/") if part not in (b"", b".")]
        if any(b"\0" in part for part in parts):
            raise BadRequestError("A file name cannot contain NUL", code="bad_path")
        if b".." in parts:
            raise OutsideWorkspaceError
        return cls(root=root, parts=tuple(os.fsdecode(part) for part in parts))

    @property
    def text(self) -> str:
        """The path relative to the workspace, for display; bytes that are not UTF-8 are replaced."""
        return os.fsencode("/".join(self.parts)).decode(errors="replace")

    @contextmanager
    def opened(self) -> Iterator[int]:
        """An O_PATH descriptor of the file or folder; it cannot be read from.

        Raises:
            NotFoundError: nothing has this path.
            OutsideWorkspaceError: a link leads out of the workspace.
        """
        with api_errors(), self._walk(self.parts, create=False) as descriptor:
            yield descriptor

    @contextmanager
    def parent(self, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """A descriptor of the containing folder, and the name in it.

        Args:
            create: make missing folders.

        Raises:
            IsFolderError: the path is the workspace itself.
        """
        if not self.parts:
            raise IsFolderError("This is the workspace itself")
        with api_errors(), self._walk(self.parts[:-1], create=create) as descriptor:
            yield descriptor, self.parts[-1]

    @contextmanager
    def _walk(self, parts: tuple[str, ...], *, create: bool) -> Iterator[int]:
        current = os.open(self.root, FOLDER)
        try:
            workspace = real_path(current)
            for part in parts:
                following = _step(current, part, create=create)
                os.close(current)
                current = following
                now = real_path(current)
                if now != workspace and not now.startswith(workspace.rstrip("/") + "/"):
                    raise OutsideWorkspaceError
            yield current
        finally:
            os.close(current)


def real_path(descriptor: int) -> str:
    """The path of what is open, with links resolved, as the kernel knows it now."""
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def _step(folder: int, name: str, *, create: bool) -> int:
    if not create:
        return os.open(name, ANYTHING, dir_fd=folder)
    try:
        return os.open(name, FOLDER, dir_fd=folder)
    except FileNotFoundError:
        os.mkdir(name, dir_fd=folder)
        return os.open(name, FOLDER, dir_fd=folder)


@contextmanager
def api_errors() -> Iterator[None]:
    """Raises errors of the file system as errors of the API."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError("No such file or folder") from None
    except PermissionError:
        raise ForbiddenError("The file system does not allow this", code="not_permitted") from None
    except IsADirectoryError:
        raise IsFolderError from None
    except OSError as error:
        raise _api_error(error) from error


def _api_error(error: OSError) -> ApiError:
    if error.errno == errno.ENAMETOOLONG:
        return BadRequestError("A name in this path is too long", code="bad_path")
    if error.errno == errno.ELOOP:
        return NotFoundError("This link leads in a circle")
    if error.errno == errno.ENOTEMPTY:
        return ConflictError("The folder is not empty", code="not_empty")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFullError()
    if error.errno == errno.EROFS:
        return ForbiddenError("The file system is read-only", code="not_permitted")
    return FileError()
