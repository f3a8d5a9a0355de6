"""The parts of the service that all sessions share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from api.claude.command import ProcessOptions
from api.claude.process import ClaudeProcess
from api.metrics import Metrics
from api.processes.launcher import ProcessLauncher
from api.processes.limiter import ProcessLimiter
from api.sessions.quota import QuotaGuard
from api.sessions.trust import Trust
from api.settings import Settings
from api.storage import Storage
from runtime.background_tasks import BackgroundTasks


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionContext:
    """What every session is built with."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    tasks: BackgroundTasks
    launcher: ProcessLauncher
    limiter: ProcessLimiter
    trust: Trust
    quota: QuotaGuard
    take_worker: Callable[[ProcessOptions], Awaitable[ClaudeProcess | None]]
    """Returns a connected process that suits the options, if there is one."""
    on_idle: Callable[[str], None]
    """Called with the id of a session that has nothing left to do."""
    hand_over: Callable[[str], Awaitable[None]]
    """Called with the id of a session whose turn was refused because this server is stopping."""
