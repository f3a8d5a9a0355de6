"""Stores which folders' own settings, such as hooks and MCP servers, a user has accepted."""

from sqlalchemy import delete, insert, select

from api.storage.tables import trusted_folders
from runtime.clock import timestamp
from runtime.database.database import Database


class TrustedFolders:
    """The table of accepted folders, by user. A folder whose settings change must be accepted again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_accepted(self, owner: str, folder: str, content_hash: str) -> bool:
        """Whether this user has accepted this folder with exactly these settings."""
        wanted = select(trusted_folders.c.content_hash).where(
            trusted_folders.c.owner == owner, trusted_folders.c.folder == folder
        )
        async with self._database.read() as connection:
            return (await connection.execute(wanted)).scalar() == content_hash

    async def accept(self, owner: str, folder: str, content_hash: str) -> None:
        """Stores that the user has accepted the folder with these settings."""
        row = {"owner": owner, "folder": folder, "content_hash": content_hash, "accepted_at": timestamp()}
        earlier = (trusted_folders.c.owner == owner) & (trusted_folders.c.folder == folder)
        async with self._database.write() as connection:
            await connection.execute(delete(trusted_folders).where(earlier))
            await connection.execute(insert(trusted_folders).values(row))
