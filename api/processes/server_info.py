"""Caches what this Claude Code offers: models, commands, agents. Any process that starts provides it."""

import asyncio
import uuid
from typing import Any

from api.claude.command import ProcessOptions
from api.files.workspace import workspace_of
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.settings import Settings
from runtime.background_tasks import BackgroundTasks


class ServerInfoCache:
    """Reads it from any started process; if there is none, starts one process for all waiting callers."""

    def __init__(
        self, settings: Settings, launcher: ProcessLauncher, limiter: ProcessLimiter, tasks: BackgroundTasks
    ) -> None:
        self._settings = settings
        self._launcher = launcher
        self._limiter = limiter
        self._tasks = tasks
        self._asking: asyncio.Task[None] | None = None
        self._waiting = 0

    async def read(self, user: str) -> dict[str, Any]:  # not typed by the SDK
        """The models, commands and agents.

        Raises:
            BusyError: too many callers wait for a process.
            CliFailedError: the process did not start.
            NotConfiguredError: there are no credentials.
        """
        if self._launcher.server_info is None:
            await self._wait(user)
        return self._launcher.server_info or {}

    async def _wait(self, user: str) -> None:
        if self._asking is None or self._asking.done():
            self._limiter.check_not_full()
            self._asking = self._tasks.start(self._ask(user), is_awaited=True)
        self._waiting += 1
        try:
            await asyncio.shield(self._asking)
        finally:
            self._waiting -= 1
            if not self._waiting:  # it has ended, or all callers have disconnected
                self._asking.cancel()
                self._asking = None

    async def _ask(self, user: str) -> None:
        options = ProcessOptions(
            session_id=str(uuid.uuid4()), cwd=workspace_of(self._settings, user), permission_mode="dontAsk"
        )
        await self._limiter.acquire()
        if self._launcher.server_info is not None:  # another process has started meanwhile
            self._limiter.release()
            return
        try:
            process = await self._launcher.start(options, owner=user, reason="query")
        except BaseException:
            self._limiter.release()
            raise
        closing = process.close()
        closing.add_done_callback(lambda _: self._limiter.release())
        await asyncio.wait({closing})
