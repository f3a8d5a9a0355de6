"""What is open right now: answers being streamed and sockets. Ended when their login ends, or the door closes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum


class Ending(Enum):
    """Why the door ends something that is open; for a socket, also its close code."""

    REVOKED = 4401
    CLOSING = 1012


class Streams:
    """Everything open."""

    def __init__(self) -> None:
        self._open: dict[object, tuple[str | None, Callable[[Ending], object]]] = {}
        self._tabs: Counter[str] = Counter()
        self.is_closing = asyncio.Event()

    @contextmanager
    def hold(self, login: str | None, end: Callable[[Ending], object]) -> Iterator[None]:
        """Lists something open while the block runs; `end` is called when the login ends or the door closes."""
        token = object()
        self._open[token] = (login, end)
        try:
            yield
        finally:
            del self._open[token]

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
        return {login for login, _ in self._open.values() if login is not None}

    def revoke(self, ended: set[str]) -> None:
        """Ends what these logins have open."""
        for login, end in list(self._open.values()):
            if login in ended:
                end(Ending.REVOKED)

    def close(self) -> None:
        """Ends everything: the door closes."""
        self.is_closing.set()
        for _, end in list(self._open.values()):
            end(Ending.CLOSING)
