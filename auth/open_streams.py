"""The responses being streamed and the sockets being proxied; ends them with their login, or when the gateway stops."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from auth.login.sessions import Login


class EndReason(Enum):
    """Why the gateway ends a stream; the value is the close code of a socket."""

    LOGIN_ENDED = 4401
    SHUTDOWN = 1012


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stream:
    login: Login | None
    end: Callable[[EndReason], object]


class OpenStreams:
    """All open streams of this process."""

    def __init__(self) -> None:
        self._streams: set[_Stream] = set()
        self._tabs: Counter[str] = Counter()

    @contextmanager
    def track(self, login: Login | None, end: Callable[[EndReason], object]) -> Iterator[None]:
        """Tracks a stream while the block runs; `end` is called when the login ends or the gateway stops."""
        stream = _Stream(login=login, end=end)
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.remove(stream)

    @contextmanager
    def count_tab(self, user: str) -> Iterator[int]:
        """Counts a user's socket while the block runs; yields the number of the user's sockets, this one included."""
        self._tabs[user] += 1
        try:
            yield self._tabs[user]
        finally:
            self._tabs[user] -= 1
            if not self._tabs[user]:
                del self._tabs[user]

    @property
    def login_ids(self) -> set[str]:
        """The logins with open streams."""
        return {stream.login.id for stream in self._streams if stream.login}

    def expired_login_ids(self, now: float) -> set[str]:
        """The logins with open streams that have reached their maximum age."""
        return {stream.login.id for stream in self._streams if stream.login and stream.login.expires_at <= now}

    def end_logins(self, login_ids: set[str]) -> None:
        """Ends the streams of these logins."""
        for stream in list(self._streams):
            if stream.login and stream.login.id in login_ids:
                stream.end(EndReason.LOGIN_ENDED)

    def end_all(self) -> None:
        """Ends all streams, because the gateway stops."""
        for stream in list(self._streams):
            stream.end(EndReason.SHUTDOWN)
