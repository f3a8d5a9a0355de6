"""What this Claude Code offers. The first process that starts says it; where none has, one is started to ask."""

import asyncio
import uuid
from typing import Any

from api.claude.command import ProcessOptions
from api.files.workspace import workspace_of
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.settings import Settings


class ServerInfoCache:
    """Asked once, however many want to know."""

    def __init__(self, settings: Settings, starter: ProcessLauncher, slots: ProcessLimiter) -> None:
        self._settings = settings
        self._starter = starter
        self._slots = slots
        self._asking: asyncio.Task[None] | None = None
        self._waiting = 0

    async def read(self, user: str) -> dict[str, Any]:  # the CLI's own shape: models, commands, agents
        """What is offered; raises BusyError, and what `ProcessLauncher.start` raises."""
        if self._starter.server_info is None:
            await self._asked(user)
        return self._starter.server_info or {}

    async def _asked(self, user: str) -> None:
        if self._asking is None or self._asking.done():
            self._slots.check_room()
            self._asking = asyncio.create_task(self._ask(user))
        self._waiting += 1
        try:
            await asyncio.shield(self._asking)
        finally:
            self._waiting -= 1
            if not self._waiting:  # over, or nobody wants to know any more
                self._asking.cancel()
                self._asking = None

    async def _ask(self, user: str) -> None:
        launch = ProcessOptions(
            session_id=str(uuid.uuid4()), cwd=workspace_of(self._settings, user), permission_mode="dontAsk"
        )
        await self._slots.acquire()
        if self._starter.server_info is not None:  # another process has said it meanwhile
            self._slots.release()
            return
        try:
            cli = await self._starter.start(launch, owner=user, reason="query")
        except BaseException:
            self._slots.release()
            raise
        closing = cli.close()
        closing.add_done_callback(lambda _: self._slots.release())
        await asyncio.wait({closing})
