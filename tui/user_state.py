"""What the app remembers of a person between two starts: history, drafts, theme. Losing it never stops anything."""

import fcntl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec


class UserState:
    """A folder of one person's; small JSON files, each replaced whole."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self._folder = folder / (quote(user, safe="@") if user else "local")

    def read(self, name: str, default: Any) -> Any:  # whatever was written under the name
        """What was written last, or the default when there is nothing readable of its kind."""
        try:
            found = msgspec.json.decode((self._folder / f"{name}.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            return default
        return found if isinstance(found, type(default)) else default

    def write(self, name: str, value: Any) -> None:  # anything JSON can say
        """Replaces what is remembered under the name."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._folder / f"{name}.new"
            new.write_bytes(msgspec.json.encode(value))
            new.replace(self._folder / f"{name}.json")

    def change(self, name: str, default: Any, change: Callable[[Any], Any]) -> None:  # as for read
        """Replaces what is remembered by what `change` makes of it; other apps of this person wait meanwhile."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self._folder / "lock").open("wb") as lock:  # closing it opens the lock
                with suppress(OSError):  # some network folders know no locks
                    fcntl.flock(lock, fcntl.LOCK_EX)
                self.write(name, change(self.read(name, default)))
