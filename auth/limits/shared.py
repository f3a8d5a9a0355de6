"""The counters that doors share in PostgreSQL, behind those in memory: one atomic statement for each."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from sqlalchemy import CursorResult, delete, text

from auth.errors import DatabaseAwayError
from auth.limits.in_memory import Counted, Exceeded, NearLimits, Rule
from auth.storage.database import Database
from auth.storage.tables import limits

SERVER_CLOCK = "extract(epoch FROM statement_timestamp())"
"""The database's own: the doors' clocks may differ."""

_TAKE = """
INSERT INTO door_limits AS kept (rule, who, times, ends_at)
VALUES (:rule, :who, ARRAY[CAST({now} AS double precision)], {now} + :seconds)
ON CONFLICT (rule, who) DO UPDATE
SET times = array(SELECT t FROM unnest(kept.times) AS t WHERE t > {now} - :seconds ORDER BY t)
            || CAST({now} AS double precision),
    ends_at = {now} + :seconds
WHERE (SELECT count(*) FROM unnest(kept.times) AS t WHERE t > {now} - :seconds) < :most
RETURNING 1
"""
_ASK = """
SELECT t + :seconds - {now} FROM door_limits, unnest(times) AS t
WHERE rule = :rule AND who = :who AND t > {now} - :seconds ORDER BY t DESC OFFSET :most - 1 LIMIT 1
"""
_GIVE_BACK = """
UPDATE door_limits SET times = times[1:cardinality(times) - 1] WHERE rule = :rule AND who = :who
"""


class _UsedUpError(Exception):
    """Undoes what was counted in the same breath."""


class SharedLimits:
    """Counts with the other doors. What this door alone counts too many of does not even reach the database."""

    def __init__(self, database: Database, near: NearLimits, clock: Callable[[], str] = lambda: SERVER_CLOCK) -> None:
        self._database = database
        self._near = near
        self._clock = clock

    async def ask(self, *counted: Counted) -> Exceeded | None:
        if exceeded := self._near.exceeded(*counted):
            return exceeded
        try:
            return await self._exceeded(*counted)
        except DatabaseAwayError:
            return None  # this door's own counters stand

    async def take(self, *counted: Counted) -> Exceeded | None:
        if exceeded := self._near.spend(*counted):
            return exceeded
        try:
            async with self._database.write() as connection:
                # Always in the order of the caller's rules, so that no two doors wait for each other.
                for rule, key in counted:
                    taken = await connection.execute(text(_TAKE.format(now=self._clock())), _values(rule, key))
                    if taken.scalar_one_or_none() is None:
                        raise _UsedUpError  # noqa: TRY301 # leaving the block so undoes the transaction
        except DatabaseAwayError:
            return None
        except _UsedUpError:
            self._near.restore(*counted)
            # Its window may have slid on since: it was not counted in any case.
            return await self.ask(*counted) or Exceeded(counted[-1][0], 1)
        return None

    async def give_back(self, *counted: Counted) -> None:
        self._near.restore(*counted)
        with suppress(DatabaseAwayError):
            async with self._database.write() as connection:
                for rule, key in counted:
                    await connection.execute(text(_GIVE_BACK), {"rule": rule.name, "who": _who(key)})

    async def sweep(self) -> int:
        """Drops the counters that count nothing any more; says how many."""
        async with self._database.write() as connection:
            gone = await connection.execute(delete(limits).where(limits.c.ends_at < text(self._clock())))
            return cast(CursorResult[tuple[()]], gone).rowcount

    async def _exceeded(self, *counted: Counted) -> Exceeded | None:
        found: list[Exceeded] = []
        async with self._database.read() as connection:
            for rule, key in counted:
                asked = await connection.execute(text(_ASK.format(now=self._clock())), _values(rule, key))
                wait = asked.scalar_one_or_none()
                if wait is not None:
                    found.append(Exceeded(rule, float(wait)))
        return max(found, key=lambda exceeded: exceeded.wait, default=None)


def _values(rule: Rule, key: str) -> dict[str, object]:
    return {"rule": rule.name, "who": _who(key), "seconds": rule.seconds, "most": rule.times}


def _who(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
