"""Counts what each user uses: the cost of each day, and the turns of each minute. UTC, all replicas together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from api.storage.tables import usage
from runtime.clock import timestamp
from runtime.database.database import Database

DAY, MINUTE = len("2026-11-25"), len("2026-11-25T23:59")
"""The length of the part of a timestamp that names the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodUsage:
    """The usage of one period."""

    turns: int = 0
    cost_usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0


class UsageRows:
    """The table of usage, by user and period."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def today(self, owner: str) -> PeriodUsage:
        """The usage of the user's finished turns since midnight."""
        return await self._used(owner, timestamp()[:DAY])

    async def this_minute(self, owner: str) -> int:
        """How many of the user's turns began in this minute; 0 when MAX_TURNS_PER_MINUTE is off."""
        return (await self._used(owner, timestamp()[:MINUTE])).turns

    async def cost_today(self) -> float:
        """The cost of all users' turns since midnight."""
        wanted = select(func.coalesce(func.sum(usage.c.cost_usd), 0.0)).where(usage.c.period == timestamp()[:DAY])
        async with self._database.read() as connection:
            return float((await connection.execute(wanted)).scalar_one())

    async def count_start(self, owner: str, *, most: int) -> bool:
        """Counts a turn that begins; False when `most` turns have begun in this minute."""
        minute = timestamp()[:MINUTE]
        is_past = (usage.c.owner == owner) & (func.length(usage.c.period) == MINUTE) & (usage.c.period < minute)
        async with self._database.write() as connection:
            await connection.execute(delete(usage).where(is_past))
            return await self._add(connection, owner, minute, PeriodUsage(turns=1), most=most)

    async def count_finish(self, connection: AsyncConnection, owner: str, outcome: Mapping[str, Any]) -> None:  # JSON
        """Counts the usage of a finished turn, in the transaction that stores its end."""
        tokens = outcome.get("usage") or {}
        used = PeriodUsage(
            turns=1,
            cost_usd=max(float(outcome.get("costUsd") or 0), 0.0),
            input_tokens=int(tokens.get("inputTokens") or 0),
            output_tokens=int(tokens.get("outputTokens") or 0),
        )
        await self._add(connection, owner, timestamp()[:DAY], used)

    async def _used(self, owner: str, period: str) -> PeriodUsage:
        columns = (usage.c.turns, usage.c.cost_usd, usage.c.input_tokens, usage.c.output_tokens)
        wanted = select(*columns).where(usage.c.owner == owner, usage.c.period == period)
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).mappings().first()
        return PeriodUsage(**row) if row else PeriodUsage()

    async def _add(
        self, connection: AsyncConnection, owner: str, period: str, more: PeriodUsage, *, most: int | None = None
    ) -> bool:
        row = {
            "turns": more.turns,
            "cost_usd": more.cost_usd,
            "input_tokens": more.input_tokens,
            "output_tokens": more.output_tokens,
        }
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(usage).values(owner=owner, period=period, **row)
        statement = statement.on_conflict_do_update(
            index_elements=[usage.c.owner, usage.c.period],
            set_={name: usage.c[name] + value for name, value in row.items()},
            where=None if most is None else usage.c.turns < most,
        )
        return (await connection.execute(statement)).rowcount == 1
