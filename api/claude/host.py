"""What every session is given by the house."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from api.claude.admission import Admission
from api.claude.cli import Cli
from api.claude.command import Launch
from api.claude.slots import Slots
from api.claude.starter import Starter
from api.claude.trust import Trust
from api.metrics import Metrics
from api.settings import Settings
from api.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The parts that sessions share."""

    settings: Settings
    storage: Storage
    metrics: Metrics
    starter: Starter
    slots: Slots
    trust: Trust
    take_worker: Callable[[Launch], Awaitable[Cli | None]]
    """Gives a process that is ready, if one suits."""
    admission: Admission
    rested: Callable[[str], None]
    """Told the id of a session that has nothing left to do."""
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    """Runs something to its end, whoever asked for it may go."""
    let_go: Callable[[str], Awaitable[None]]
    """Told the id of a session in which nothing more may begin here, though it may elsewhere."""
