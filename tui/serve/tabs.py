"""All tabs of all people: found again, opened, limited, ended."""

import asyncio
from types import TracebackType

import structlog

from tui.serve.app_pool import AppPool
from tui.serve.app_process import AppFailedError
from tui.serve.downloads import Downloads
from tui.serve.handshake import Handshake
from tui.serve.settings import Settings
from tui.serve.tab import Tab

log = structlog.get_logger(__name__)

RESTARTING = 1012


class TooManyTabsError(RuntimeError):
    """No room for another app; `scope` says whose limit it was: `user` or `all`."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class Tabs:
    """`async with` ends every app."""

    def __init__(self, settings: Settings, pool: AppPool, downloads: Downloads) -> None:
        self._settings = settings
        self._pool = pool
        self._downloads = downloads
        self._tabs: dict[tuple[str, str], Tab] = {}
        self._lives: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._lives)

    async def __aenter__(self) -> "Tabs":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    def open(self, handshake: Handshake) -> tuple[Tab, bool]:
        """The visitor's tab, perhaps before its app is ready, and whether its app is new.

        Raises:
            TooManyTabsError: a limit is reached, and nobody is away whose app could make room.
        """
        key = (handshake.user, handshake.tab_id)
        tab = self._tabs.get(key)
        is_new = tab is None or tab.is_ending
        if tab is None or tab.is_ending:
            self._make_room(handshake.user)
            tab = self._tabs[key] = Tab(handshake, self._downloads)
            life = asyncio.create_task(self._live(key, tab))
            self._lives.add(life)
            life.add_done_callback(self._lives.discard)
        return tab, is_new

    def disconnect_all(self) -> None:
        """Tells every browser that the server restarts."""
        for tab in self._tabs.values():
            tab.disconnect(RESTARTING, "restarting")

    async def _live(self, key: tuple[str, str], tab: Tab) -> None:
        structlog.contextvars.bind_contextvars(request_id=tab.request_id)
        try:
            await tab.live(self._pool.take)
        except AppFailedError:
            pass  # said by pool, and told to the visitor by `ready`
        except Exception:
            log.exception("tab_failed", user=tab.user)
        finally:
            self._forget(key, tab)

    def _forget(self, key: tuple[str, str], tab: Tab) -> None:
        if self._tabs.get(key) is tab:
            del self._tabs[key]

    def _make_room(self, user: str) -> None:
        mine = sum(owner == user for owner, _ in self._tabs)
        if mine >= self._settings.max_tabs and not self._end_longest_away(user):
            raise TooManyTabsError("user")
        if len(self._tabs) >= self._settings.max_tabs_total and not self._end_longest_away(None):
            raise TooManyTabsError("all")

    def _end_longest_away(self, user: str | None) -> bool:
        away = [
            (tab.detached_at, key, tab)
            for key, tab in self._tabs.items()
            if tab.detached_at is not None and not tab.is_ending and user in (None, tab.user)
        ]
        if not away:
            return False
        _, key, tab = min(away, key=lambda each: each[0])
        self._forget(key, tab)
        tab.end()
        return True
