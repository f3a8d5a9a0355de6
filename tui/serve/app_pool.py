"""An app started ahead of time, so that a new tab shows its first screen in a blink."""

import asyncio
import os
from contextlib import suppress

import structlog

from tui.serve.app_process import AppFailedError, AppProcess
from tui.serve.handshake import Handshake
from tui.serve.settings import Settings

log = structlog.get_logger(__name__)

SETTLE_SECONDS = 1.0
"""The next spare starts this long after one was taken: the person who took it has the processor first."""
RETRY_SECONDS = 10.0


class AppPool:
    """Keeps one app ready. `async with` ends it."""

    def __init__(self, settings: Settings) -> None:
        self.can_start = True
        """False after a start failed, until one succeeds."""
        self._settings = settings
        self._next: asyncio.Task[AppProcess] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._starts = asyncio.Semaphore(os.cpu_count() or 1)
        self._last: Handshake | None = None

    async def __aenter__(self) -> "AppPool":
        self._prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()
        if self._next:
            self._next.cancel()
            with suppress(asyncio.CancelledError, AppFailedError):
                await (await self._next).end()

    async def take(self, handshake: Handshake) -> AppProcess:
        """The spare, or a new app when there is none; another spare is prepared soon, for a screen like this one.

        Raises:
            AppFailedError: no app can be started.
        """
        self._last = handshake
        spare, self._next = self._next, None
        self._prepare_in(SETTLE_SECONDS)
        if spare:
            with suppress(AppFailedError):
                app = await spare
                if not app.has_ended:
                    return app
        return await self._start()

    async def _start(self) -> AppProcess:
        async with self._starts:
            try:
                app = await AppProcess.start(self._settings)
            except AppFailedError:
                self.can_start = False
                log.warning("app_does_not_start", command=" ".join(self._settings.command))
                raise
            self.can_start = True
            if self._last:
                # A person comes back to the same window more often than not: laying out and colouring is done before.
                app.configure(self._last.size, prefers_dark=self._last.prefers_dark)
            return app

    def _prepare_in(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._prepare)

    def _prepare(self) -> None:
        if self._next is None:
            self._next = asyncio.create_task(self._start())
            self._next.add_done_callback(self._try_again)

    def _try_again(self, task: "asyncio.Task[AppProcess]") -> None:
        if not task.cancelled() and task.exception() and task is self._next:
            self._next = None
            self._prepare_in(RETRY_SECONDS)
