"""Reading a file, or a part of it."""

import asyncio
import os
import stat
import weakref
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import ParamSpec, Self, TypeVar

from api.errors import ForbiddenError, IsFolderError
from api.files.paths import Place, explained

CHUNK = 256 * 1024


class Descriptor:
    """An open file's number; closed once, at the latest when nobody knows it any more."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._close = weakref.finalize(self, os.close, number)

    def close(self) -> None:
        """Closes it; again does nothing."""
        self._close()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A regular file that is open for reading. Close it, or read it to the end."""

    descriptor: Descriptor
    size: int
    modified: float
    """Seconds since 1970."""
    tag: str
    """Changes with the file."""

    @classmethod
    def open(cls, place: Place) -> Self:
        """Opens the file.

        Raises:
            NotFoundError: there is nothing.
            IsFolderError: it is a folder.
            ForbiddenError: it is outside, may not be read, or is neither file nor folder.
        """
        with place.opened() as found:
            mode = os.fstat(found).st_mode
            if stat.S_ISDIR(mode):
                raise IsFolderError
            if not stat.S_ISREG(mode):
                raise ForbiddenError("This is not a regular file", code="not_a_file")
            with explained():
                descriptor = Descriptor(os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_CLOEXEC))
        facts = os.fstat(descriptor.number)
        tag = f"{facts.st_ino:x}-{facts.st_size:x}-{facts.st_mtime_ns:x}"
        return cls(descriptor=descriptor, size=facts.st_size, modified=facts.st_mtime, tag=tag)

    def close(self) -> None:
        """Lets go of a file that is not read."""
        self.descriptor.close()

    async def read(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """The bytes from `start` up to `stop`, in parts; then the file is closed."""
        try:
            while start < stop:
                part = await in_thread(os.pread, self.descriptor.number, min(CHUNK, stop - start), start)
                if not part:
                    raise EOFError("the file became shorter while it was read")
                start += len(part)
                yield part
        finally:
            self.close()


P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs the work in a thread.

    When the caller goes away the work is waited for all the same: its descriptor must not be closed, and its number
    given to another file, while the thread still writes to it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
