"""The secret that doors agree on: everybody's SESSION_SECRET, or one in the database that they share."""

from sqlalchemy import select

from auth.keyring import Keyring, kept_secret
from auth.settings import Settings
from auth.storage.database import Database
from auth.storage.tables import secrets

NAME = "session"


async def open_keyring(settings: Settings, database: Database) -> Keyring:
    """The keys that this door signs with.

    Raises:
        SettingError: the kept secret cannot be used.
    """
    secret = kept_secret(settings)
    if database.is_shared and not settings.session_secret:
        # The first door's own secret becomes everybody's. Who reads it here can sign in as nobody: of the ids that
        # tokens carry, the database has hashes alone.
        async with database.write() as connection:
            await connection.execute(database.insert_new(secrets, name=NAME, secret=secret))
            secret = (await connection.execute(select(secrets.c.secret).where(secrets.c.name == NAME))).scalar_one()
    return Keyring.of(secret, settings.session_secret_previous)
