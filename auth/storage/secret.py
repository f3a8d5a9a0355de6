"""The secret that doors agree on: everybody's SESSION_SECRET, or one in the database that they share."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.login.signing_keys import Keyring, kept_secret
from auth.settings import Settings
from auth.storage.database import Database
from auth.storage.tables import secrets

NAME = "session"
MARK = "mark"
"""What the mark of the secret that was last signed with is called in the same table."""
DIFFERS = (
    "SESSION_SECRET: another door on this database last signed with another secret, so links and logins of the one are "
    "worth nothing at the other: give all the same SESSION_SECRET, or leave it unset in all. While one is rotated out, "
    "name it in SESSION_SECRET_PREVIOUS"
)


async def open_keyring(settings: Settings, database: Database) -> Keyring:
    """The keys that this door signs with.

    Raises:
        SettingsError: the kept secret cannot be used.
    """
    secret = kept_secret(settings)
    if database.is_shared and not settings.session_secret:
        # The first door's own secret becomes everybody's. Who reads it here can sign in as nobody: of the ids that
        # tokens carry, the database has hashes alone.
        async with database.write() as connection:
            await connection.execute(database.insert_new(secrets, name=NAME, secret=secret))
            secret = await _stored(connection, NAME) or secret
    return Keyring.of(secret, settings.session_secret_previous)


async def agrees_with_others(keyring: Keyring, database: Database, *, note: bool) -> bool:
    """Whether the door that was started last knows our secret, or has one that we know too.

    Args:
        note: whether we are the last one from now on.
    """
    if not database.is_shared:
        return True
    mine = keyring.marks[0]
    async with database.write_alone(MARK) as connection:
        last = await _stored(connection, MARK)
        if note and last is None:
            await connection.execute(database.insert_new(secrets, name=MARK, secret=mine))
        elif note and last != mine:
            await connection.execute(secrets.update().where(secrets.c.name == MARK).values(secret=mine))
    return last is None or last in keyring.marks


async def _stored(connection: AsyncConnection, name: str) -> str | None:
    wanted = select(secrets.c.secret).where(secrets.c.name == name)
    found: str | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found
