"""Where a path from outside leads. Every step is opened first and asked where it is afterwards, so no race moves it."""

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
    PathOutsideError,
)

FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
ANYTHING = os.O_PATH | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path inside a workspace, not looked up yet."""

    root: Path
    parts: tuple[str, ...]
    """Names from the root on; bytes that are not UTF-8 as Python's file functions have them."""

    @classmethod
    def parse(cls, root: Path, quoted: bytes) -> Self:
        """The place that a percent-encoded path names.

        Raises:
            BadRequestError: no file can have this name.
            PathOutsideError: it climbs.
        """
        parts = [part for part in unquote_to_bytes(quoted).split(b"/") if part not in (b"", b".")]
        if any(b"\0" in part for part in parts):
            raise BadRequestError("A file name cannot contain NUL", code="bad_path")
        if b".." in parts:
            raise PathOutsideError
        return cls(root=root, parts=tuple(os.fsdecode(part) for part in parts))

    @property
    def text(self) -> str:
        """The path for people; what is not UTF-8 in it is replaced."""
        return os.fsencode("/".join(self.parts)).decode(errors="replace")

    @contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of whatever is there; it can be looked at, not read."""
        with explained(), self._walk(self.parts, create=False) as descriptor:
            yield descriptor

    @contextmanager
    def parent(self, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """A descriptor of the folder it is in, and its name there.

        Args:
            create: make folders that are missing on the way.

        Raises:
            IsFolderError: this is the workspace itself.
        """
        if not self.parts:
            raise IsFolderError("This is the workspace itself")
        with explained(), self._walk(self.parts[:-1], create=create) as descriptor:
            yield descriptor, self.parts[-1]

    @contextmanager
    def _walk(self, parts: tuple[str, ...], *, create: bool) -> Iterator[int]:
        current = os.open(self.root, FOLDER)
        try:
            home = where_is(current)
            for part in parts:
                following = _step(current, part, create=create)
                os.close(current)
                current = following
                if where_is(current) != home and not where_is(current).startswith(home.rstrip("/") + "/"):
                    raise PathOutsideError
            yield current
        finally:
            os.close(current)


def where_is(descriptor: int) -> str:
    """The real path of what is open, links resolved, as the kernel knows it now."""
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
def explained() -> Iterator[None]:
    """Turns what the file system says into what the caller is told."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError("No such file or folder") from None
    except PermissionError:
        raise ForbiddenError("The file system does not allow this", code="not_permitted") from None
    except IsADirectoryError:
        raise IsFolderError from None
    except OSError as error:
        raise _translate(error) from error


def _translate(error: OSError) -> ApiError:
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
