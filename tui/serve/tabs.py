"""All open tabs: finds, opens, limits and ends them."""

import asyncio
from types import TracebackType

import structlog

from runtime.background_tasks import BackgroundTasks
from tui.serve.app_pool import AppPool
from tui.serve.app_process import AppStartError
from tui.serve.close_code import CloseCode
from tui.serve.downloads import DownloadedFile
from tui.serve.handshake import Handshake
from tui.serve.settings import Settings
from tui.serve.tab import Tab

log = structlog.get_logger(__name__)


class TooManyTabsError(RuntimeError):
    """The limit of one user or of all users is reached; `code` says which."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.reason)
        self.code = code


class Tabs:
    """The tabs of all users. Leaving the `async with` block ends every app."""

    def __init__(self, settings: Settings, pool: AppPool, tasks: BackgroundTasks) -> None:
        self._settings = settings
        self._pool = pool
        self._tasks = tasks
        self._tabs: dict[tuple[str, str], Tab] = {}
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many apps there are, including those that are ending."""
        return len(self._running)

    async def __aenter__(self) -> "Tabs":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def open(self, handshake: Handshake) -> tuple[Tab, bool]:
        """The tab of this handshake, and whether its app is new; the app may still be starting.

        A reloaded page sends the same tab id and gets its app back.

        Raises:
            TooManyTabsError: a limit is reached, and every tab has a browser.
        """
        key = (handshake.user, handshake.tab_id)
        tab = self._tabs.get(key)
        is_new = tab is None or tab.is_ending
        if tab is None or tab.is_ending:
            self._check_limits(handshake.user)
            tab = self._tabs[key] = Tab(handshake)
            task = self._tasks.start(self._run(key, tab))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return tab, is_new

    def take_download(self, key: str, user: str) -> DownloadedFile | None:
        """A file that an app offers, once and only for its owner; otherwise None."""
        found = (tab.take_download(key, user) for tab in self._tabs.values())
        return next((download for download in found if download), None)

    def disconnect_all(self) -> None:
        """Closes every connection because the server restarts."""
        for tab in self._tabs.values():
            tab.disconnect(CloseCode.RESTARTING)

    async def _run(self, key: tuple[str, str], tab: Tab) -> None:
        structlog.contextvars.bind_contextvars(request_id=tab.request_id)
        try:
            await tab.run(self._pool.take)
        except AppStartError:
            pass  # the pool has logged it, and `wait_ready` raises it for the browser
        except Exception:
            log.exception("tab_failed", user=tab.user)
        finally:
            self._remove(key, tab)

    def _remove(self, key: tuple[str, str], tab: Tab) -> None:
        if self._tabs.get(key) is tab:
            del self._tabs[key]

    def _check_limits(self, user: str) -> None:
        of_user = sum(owner == user for owner, _ in self._tabs)
        if of_user >= self._settings.max_tabs and not self._end_longest_detached(user):
            raise TooManyTabsError(CloseCode.FULL_USER)
        if len(self._tabs) >= self._settings.max_tabs_total and not self._end_longest_detached(None):
            raise TooManyTabsError(CloseCode.FULL_ALL)

    def _end_longest_detached(self, user: str | None) -> bool:
        """Ends the tab that has been without a browser for longest; False if every tab has one."""
        detached = [
            (tab.detached_at, key, tab)
            for key, tab in self._tabs.items()
            if tab.detached_at is not None and not tab.is_ending and user in (None, tab.user)
        ]
        if not detached:
            return False
        _, key, tab = min(detached, key=lambda each: each[0])
        self._remove(key, tab)
        tab.end()
        return True
