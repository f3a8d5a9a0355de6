"""This machine's clock beside the database's, the one that all doors share."""

import time
from collections.abc import Callable

from sqlalchemy import func, select

from auth.login.tokens import LEEWAY
from auth.storage.database import Database


async def clock_trouble(database: Database, *, now: Callable[[], float] = time.time) -> str | None:
    """What is wrong with this clock, with the fix; None when it is right enough, or there is no other to compare."""
    if not database.is_shared:
        return None
    async with database.read() as connection:
        before = now()
        there = float((await connection.execute(select(func.extract("epoch", func.clock_timestamp())))).scalar_one())
        after = now()
    # The answer was given at some moment between the two.
    ahead = before - there if before > there else min(0.0, after - there)
    if abs(ahead) <= LEEWAY:
        return None
    direction = "ahead of" if ahead > 0 else "behind"
    return (
        f"clock: {abs(ahead):.0f} s {direction} the database's: set it (ntp). Beyond {LEEWAY} s the doors on one "
        "database do not take each other's links and logins"
    )
