"""Stores a user's prompt history, drafts and theme on disk. Disk errors are ignored."""

import fcntl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec


class UserState:
    """Small JSON files in a folder for each user; each file is replaced as a whole."""

    def __init__(self, folder: Path, user: str | None) -> None:
        """Opens the state of a user.

        Args:
            folder: contains the folders of all users.
            user: None for the user of a terminal.
        """
        self._folder = folder / (quote(user, safe="@") if user else "local")

    def read(self, name: str, default: Any) -> Any:  # whatever was written under the name
        """The stored value, or the default if there is none or it has another type."""
        try:
            found = msgspec.json.decode((self._folder / f"{name}.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            return default
        return found if isinstance(found, type(default)) else default

    def write(self, name: str, value: Any) -> None:  # anything JSON can express
        """Replaces the value under the name."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._folder / f"{name}.new"
            new.write_bytes(msgspec.json.encode(value))
            new.replace(self._folder / f"{name}.json")

    def change(self, name: str, default: Any, change: Callable[[Any], Any]) -> None:  # as for read
        """Applies `change` to the value, under a lock that all apps of the user take."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self._folder / "lock").open("wb") as lock:  # closing the file releases the lock
                with suppress(OSError):  # some network file systems have no locks
                    fcntl.flock(lock, fcntl.LOCK_EX)
                self.write(name, change(self.read(name, default)))
