"""Writing a file whole or not at all, and removing one."""

import os
import secrets
import stat
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from api.errors import IsFolderError
from api.files.paths import Place, explained


class Upload:
    """A file that is being written beside its place. `with` it: it is gone at the end unless it was kept."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._opened = ExitStack()
        self._temporary: str | None = None
        self.size = 0

    def __enter__(self) -> Self:
        """Opens it; folders on the way are made."""
        with ExitStack() as opened:
            self._folder, self._name = opened.enter_context(self._place.parent(create=True))
            with explained():
                before = self._before()
                self._temporary = f".upload-{secrets.token_hex(8)}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                self._file = os.open(self._temporary, flags, 0o666, dir_fd=self._folder)
                opened.callback(os.close, self._file)
                if before is not None:
                    os.fchmod(self._file, _mode(before))
            self.is_new = before is None
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._temporary is not None:
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._folder)
        self._opened.close()

    def write(self, part: bytes) -> None:
        """Adds to the file."""
        with explained():
            view = memoryview(part)
            while view:
                view = view[os.write(self._file, view) :]
        self.size += len(part)

    def keep(self) -> None:
        """Puts the file in its place, at once and for good."""
        with explained():
            os.fsync(self._file)
            if self._temporary is not None:
                os.rename(self._temporary, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
                self._temporary = None

    def _before(self) -> os.stat_result | None:
        try:
            found = os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(found.st_mode):
            raise IsFolderError
        return found if stat.S_ISREG(found.st_mode) else None


def _mode(before: os.stat_result) -> int:
    """The mode of the file that is replaced; the user whose it was goes on as a member of its group."""
    mode = stat.S_IMODE(before.st_mode) & 0o777
    return mode if before.st_uid == os.geteuid() else mode | (mode & 0o700) >> 3


def remove(place: Place) -> None:
    """Removes a file, a link (not what it leads to) or an empty folder."""
    with place.parent() as (folder, name), explained():
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            os.rmdir(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
