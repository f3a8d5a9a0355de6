"""What is open right now: answers being streamed and sockets. Ended when their login ends, or the door closes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from auth.login.sessions import Login


class Ending(Enum):
    """Why the door ends something that is open; for a socket, also its close code."""

    REVOKED = 4401
    CLOSING = 1012


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Open:
    login: Login | None
    end: Callable[[Ending], object]


class Streams:
    """Everything open."""

    def __init__(self) -> None:
        self._open: set[_Open] = set()
        self._tabs: Counter[str] = Counter()
        self.is_closing = asyncio.Event()

    @contextmanager
    def hold(self, login: Login | None, end: Callable[[Ending], object]) -> Iterator[None]:
        """Lists something open while the block runs; `end` is called when the login ends or the door closes."""
        held = _Open(login=login, end=end)
        self._open.add(held)
        try:
            yield
        finally:
            self._open.remove(held)

    @contextmanager
    def tab(self, user: str) -> Iterator[int]:
        """Counts a user's socket while the block runs; yields how many there are with it."""
        self._tabs[user] += 1
        try:
            yield self._tabs[user]
        finally:
            self._tabs[user] -= 1
            if not self._tabs[user]:
                del self._tabs[user]

    @property
    def logins(self) -> set[str]:
        """The logins that have something open."""
        return {held.login.id for held in self._open if held.login}

    def expired(self, now: float) -> set[str]:
        """Those of them whose time is over in any case."""
        return {held.login.id for held in self._open if held.login and held.login.expires_at <= now}

    def revoke(self, ended: set[str]) -> None:
        """Ends what these logins have open."""
        for held in list(self._open):
            if held.login and held.login.id in ended:
                held.end(Ending.REVOKED)

    def close(self) -> None:
        """Ends everything: the door closes."""
        self.is_closing.set()
        for held in list(self._open):
            held.end(Ending.CLOSING)
