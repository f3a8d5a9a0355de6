"""Keeps one app started ahead of time, so that a new tab has its first screen without delay."""

import asyncio
import os
from contextlib import suppress

import structlog

from runtime.background_tasks import BackgroundTasks
from tui.serve.app_process import AppProcess, AppStartError
from tui.serve.handshake import Handshake
from tui.serve.settings import Settings

log = structlog.get_logger(__name__)

SETTLE_SECONDS = 1.0
"""The pause between the opening of a tab, which needs the processor, and the start of the next spare app."""
RETRY_SECONDS = 10.0


class AppPool:
    """Starts apps, at most as many at once as there are processors. `async with` starts and ends the spare app."""

    def __init__(self, settings: Settings, tasks: BackgroundTasks) -> None:
        self.can_start = True
        """False after a start failed, until one succeeds."""
        self._settings = settings
        self._tasks = tasks
        self._spare: asyncio.Task[AppProcess] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._starts = asyncio.Semaphore(os.cpu_count() or 1)
        self._last: Handshake | None = None

    async def __aenter__(self) -> "AppPool":
        self._start_spare()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()
        if self._spare:
            self._spare.cancel()
            with suppress(asyncio.CancelledError, AppStartError):
                await (await self._spare).stop()

    async def take(self, handshake: Handshake) -> AppProcess:
        """The spare app, or a new one if there is none; the next spare app is laid out for the same window.

        Raises:
            AppStartError: no app can be started.
        """
        self._last = handshake
        spare, self._spare = self._spare, None
        self._start_spare_in(SETTLE_SECONDS)
        if spare:
            with suppress(AppStartError):
                app = await spare
                if not app.has_ended:
                    return app
        return await self._start_app()

    async def _start_app(self) -> AppProcess:
        async with self._starts:
            app = AppProcess(self._settings, self._tasks)
            try:
                await app.start()
            except AppStartError:
                self.can_start = False
                log.warning("app_start_failed", command=app.command)
                raise
            self.can_start = True
            if self._last:
                # Most tabs open in the same window again: the spare app then has its layout and colours already.
                await app.configure(self._last.size, prefers_dark=self._last.prefers_dark)
            return app

    def _start_spare_in(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._start_spare)

    def _start_spare(self) -> None:
        if self._spare is None:
            self._spare = self._tasks.start(self._start_app(), is_awaited=True)
            self._spare.add_done_callback(self._retry_after_failure)

    def _retry_after_failure(self, task: "asyncio.Task[AppProcess]") -> None:
        if not task.cancelled() and task.exception() and task is self._spare:
            self._spare = None
            self._start_spare_in(RETRY_SECONDS)
