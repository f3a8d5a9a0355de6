"""Writes a file of a workspace completely or not at all, and removes files and empty folders."""

import os
import secrets
import stat
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from api.errors import IsFolderError
from api.files.paths import WorkspacePath, api_errors


class Upload:
    """A file that is written under a temporary name.

    Use in a `with` block: on exit the temporary file is removed unless `commit` was called.
    """

    def __init__(self, path: WorkspacePath) -> None:
        self._path = path
        self._opened = ExitStack()
        self._temporary: str | None = None
        self.size = 0
        """Bytes written so far."""

    def __enter__(self) -> Self:
        """Opens the temporary file; makes missing folders."""
        with ExitStack() as opened:
            self._folder, self._name = opened.enter_context(self._path.parent(create=True))
            with api_errors():
                replaced = self._existing_file()
                self._temporary = f".upload-{secrets.token_hex(8)}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                self._file = os.open(self._temporary, flags, 0o666, dir_fd=self._folder)
                opened.callback(os.close, self._file)
                if replaced is not None:
                    os.fchmod(self._file, _mode(replaced))
            self.is_new = replaced is None
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
        """Appends to the file."""
        with api_errors():
            view = memoryview(part)
            while view:
                view = view[os.write(self._file, view) :]
        self.size += len(part)

    def commit(self) -> None:
        """Moves the complete file to its path, in one step that replaces what was there."""
        with api_errors():
            os.fsync(self._file)
            if self._temporary is not None:
                os.rename(self._temporary, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
                self._temporary = None

    def _existing_file(self) -> os.stat_result | None:
        try:
            found = os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(found.st_mode):
            raise IsFolderError
        return found if stat.S_ISREG(found.st_mode) else None


def _mode(replaced: os.stat_result) -> int:
    """The mode of the replaced file. If another user owned it, its group gets that user's rights."""
    mode = stat.S_IMODE(replaced.st_mode) & 0o777
    return mode if replaced.st_uid == os.geteuid() else mode | (mode & 0o700) >> 3


def remove(path: WorkspacePath) -> None:
    """Removes a file, a link (not its target) or an empty folder."""
    with path.parent() as (folder, name), api_errors():
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            os.rmdir(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
