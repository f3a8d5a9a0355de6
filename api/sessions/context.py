"""What every session is given by the house."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.metrics import Metrics
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.sessions.quota import QuotaGuard
from api.sessions.trust import Trust
from api.settings import Settings
from api.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext:
    """The parts that sessions share."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    starter: ProcessLauncher
    slots: ProcessLimiter
    trust: Trust
    take_worker: Callable[[ProcessOptions], Awaitable[ClaudeProcess | None]]
    """Gives a process that is ready, if one suits."""
    admission: QuotaGuard
    rested: Callable[[str], None]
    """Told the id of a session that has nothing left to do."""
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    """Runs something to its end, whoever asked for it may go."""
    let_go: Callable[[str], Awaitable[None]]
    """Told the id of a session in which nothing more may begin here, though it may elsewhere."""
