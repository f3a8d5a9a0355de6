"""Stores which of the container's system users, `claude00` and so on, runs Claude Code for which user."""

from sqlalchemy import insert, select

from api.storage.tables import people
from runtime.database.database import Database


class SystemUserAssignments:
    """The table of users and their numbers. A user keeps their number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def slot(self, owner: str, *, slots: int) -> int | None:
        """The user's number, from 0; None when other users have all `slots` of them."""
        async with self._database.write() as connection:
            rows = await connection.execute(select(people.c.owner, people.c.slot))
            taken: dict[str, int] = {row.owner: row.slot for row in rows}
            if owner in taken:
                return taken[owner]
            free = next((slot for slot in range(slots) if slot not in taken.values()), None)
            if free is not None:
                await connection.execute(insert(people).values(owner=owner, slot=free))
            return free
