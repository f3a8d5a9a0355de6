"""Opens a file of a workspace, and reads it in parts without blocking the event loop."""

import asyncio
import os
import stat
import weakref
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import ParamSpec, Self, TypeVar

from api.errors import ForbiddenError, IsFolderError
from api.files.paths import WorkspacePath, api_errors
from runtime.background_tasks import delay_cancellation

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 256 * 1024


class Descriptor:
    """A file descriptor that is closed once, at the latest when this object is collected."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._close = weakref.finalize(self, os.close, number)

    def close(self) -> None:
        """Closes it; does nothing the second time."""
        self._close()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A regular file that is open for reading. Close it, or read it to the end."""

    descriptor: Descriptor
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970."""
    tag: str
    """A value for `ETag`: it changes with the file."""

    @classmethod
    def open(cls, path: WorkspacePath) -> Self:
        """Opens the file.

        Raises:
            NotFoundError: nothing has this path.
            IsFolderError: it is a folder.
            ForbiddenError: it is outside the workspace, not readable, or neither a file nor a folder.
        """
        with path.opened() as found:
            mode = os.fstat(found).st_mode
            if stat.S_ISDIR(mode):
                raise IsFolderError
            if not stat.S_ISREG(mode):
                raise ForbiddenError("This is not a regular file", code="not_a_file")
            with api_errors():
                descriptor = Descriptor(os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_CLOEXEC))
        status = os.fstat(descriptor.number)
        tag = f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"
        return cls(descriptor=descriptor, size=status.st_size, modified=status.st_mtime, tag=tag)

    def close(self) -> None:
        """Closes a file that is not read."""
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


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs the work in a thread, and waits for it even when this task is cancelled.

    Otherwise the file could be closed, and its descriptor's number reused, while the thread still writes to it.
    """
    return await delay_cancellation(asyncio.to_thread(work, *args, **kwargs))
