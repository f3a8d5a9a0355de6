"""Words that all replicas know and nobody else: whoever may read the database."""

import secrets

from sqlalchemy import select

from api.storage.tables import secrets as table
from runtime.database.database import Database


class SharedSecrets:
    """The table of secrets; each is made when it is first asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str:
        """The secret of that name, the same for all who ask."""
        row = {"name": name, "value": secrets.token_urlsafe(32)}
        async with self._database.write() as connection:
            await connection.execute(self._database.insert_new(table, [row]))
            value: str = (await connection.execute(select(table.c.value).where(table.c.name == name))).scalar_one()
        return value
