"""What the door does by itself all the time: ends what lost its login, warns of what is open, drops what is old."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from auth.audit_table import AuditTable
from auth.door import Door
from auth.limits.shared import SharedLimits
from auth.log_once import Trouble
from auth.storage.notifications import News

REVOKED_SEEN = 2.0
"""Seconds between two looks whether the logins with something open are still alive."""
HOUR = 3600.0
MINUTE = 60.0


@asynccontextmanager
async def keeping_up(door: Door, news: News, audit: AuditTable | None) -> AsyncIterator[None]:
    """Does all of it while the block runs."""
    tasks = [asyncio.create_task(_watch_logins(door, news)), asyncio.create_task(_warn_hourly(door))]
    if audit is not None and isinstance(door.limits, SharedLimits):
        tasks.append(asyncio.create_task(_sweep(door, door.limits, audit)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch_logins(door: Door, news: News) -> None:
    """Ends what is open under a login that was ended elsewhere, idled out, or is not allowed any more."""
    trouble = Trouble(door.log, "logins_not_checked")
    while True:
        await news.wait(REVOKED_SEEN)
        with trouble:  # look again, rather than never; what is open stays open until its hour
            door.streams.revoke(door.streams.expired(door.now()))  # whether the database answers or not
            if holding := door.streams.logins:
                live = await door.logins.live_among(holding, now=door.now())
                allowed = {login for login, address in live.items() if door.allowlist.allows(address)}
                door.streams.revoke(holding - allowed)


async def _warn_hourly(door: Door) -> None:
    while door.notice:
        await asyncio.sleep(HOUR)
        door.log.warning("open_mode", notice=door.notice)


async def _sweep(door: Door, limits: SharedLimits, audit: AuditTable) -> None:
    trouble = Trouble(door.log, "not_swept")
    while True:
        with trouble:
            await limits.sweep()
            await audit.prune()
        await asyncio.sleep(MINUTE)
