"""The keys that sign tokens, derived from the session secret, which is created on first use if none is configured."""

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.storage.private_folder import make_private_folder
from auth.storage.tables import secrets as secrets_table
from runtime.database.database import Database
from runtime.settings import SettingsError

_FILE = "session_secret"
_SECRET_ROW = "session"  # noqa: S105 # the name of a row
_FINGERPRINT_ROW = "mark"
"""The row with the fingerprint of the secret of the replica that was started last."""
SECRETS_DIFFER = (
    "SESSION_SECRET: another replica on this database signs with another secret, so neither accepts the links and "
    "logins of the other. Give all replicas the same SESSION_SECRET, or leave it unset in all. While you rotate it, "
    "name the old one in SESSION_SECRET_PREVIOUS"
)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKeys:
    """Keys for each purpose: the first one signs, the others verify what was signed with an earlier secret."""

    link: tuple[bytes, ...]
    session: tuple[bytes, ...]
    fingerprints: tuple[str, ...]
    """Identify the secrets without revealing them."""

    @classmethod
    def derive(cls, secret: str, previous: str = "") -> Self:
        """Derives the keys from the secret and, while it is being rotated, from the previous one."""
        both = [part for part in (secret, previous) if part]
        return cls(
            link=tuple(_derive(part, b"link") for part in both),
            session=tuple(_derive(part, b"session") for part in both),
            fingerprints=tuple(_derive(part, b"mark").hex() for part in both),
        )


def _derive(secret: str, purpose: bytes) -> bytes:
    info = b"claude-code-sdk-container/door/" + purpose  # another text would invalidate every login
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


class SecretSettings(Protocol):
    """The settings of the session secret."""

    @property
    def session_secret(self) -> str: ...

    @property
    def session_secret_previous(self) -> str: ...

    @property
    def auth_dir(self) -> Path: ...


async def open_signing_keys(settings: SecretSettings, database: Database) -> SigningKeys:
    """The keys of this replica. If no secret is configured, all replicas use the one of the replica that started first.

    Raises:
        SettingsError: the file with the secret cannot be used.
    """
    secret = load_secret(settings.session_secret, make_private_folder(settings.auth_dir))
    if not database.is_sqlite and not settings.session_secret:
        # Reading this secret in the database is not enough to sign in: only hashes of the token ids are stored there.
        async with database.write() as connection:
            await connection.execute(database.insert_new(secrets_table, [{"name": _SECRET_ROW, "secret": secret}]))
            secret = await _stored(connection, _SECRET_ROW) or secret
    return SigningKeys.derive(secret, settings.session_secret_previous)


async def matches_other_replicas(keys: SigningKeys, database: Database, *, registers: bool) -> bool:
    """Whether the replica that was started last uses our secret or one that we also accept.

    Args:
        registers: whether to record this replica as the one that was started last.
    """
    if database.is_sqlite:
        return True
    own = keys.fingerprints[0]
    async with database.write_exclusively(_FINGERPRINT_ROW) as connection:
        last = await _stored(connection, _FINGERPRINT_ROW)
        if registers and last is None:
            await connection.execute(database.insert_new(secrets_table, [{"name": _FINGERPRINT_ROW, "secret": own}]))
        elif registers and last != own:
            changed = secrets_table.update().where(secrets_table.c.name == _FINGERPRINT_ROW).values(secret=own)
            await connection.execute(changed)
    return last is None or last in keys.fingerprints


async def _stored(connection: AsyncConnection, name: str) -> str | None:
    found: str | None = (
        await connection.execute(select(secrets_table.c.secret).where(secrets_table.c.name == name))
    ).scalar_one_or_none()
    return found


def load_secret(configured: str, folder: Path) -> str:
    """SESSION_SECRET, or else the secret in the folder, which is created there if it is missing.

    Raises:
        SettingsError: the file cannot be used.
    """
    if configured:
        return configured
    path = folder / _FILE
    try:
        if not path.exists():
            _create_secret(path)
        secret = path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"DATA_DIR: {path} cannot be used ({error.strerror}); make it readable") from None
    if len(secret) < 32:
        raise SettingsError(f"DATA_DIR: {path} is damaged; delete it, and everyone signs in again")
    return secret


def _create_secret(path: Path) -> None:
    # Linked into place when complete: if two processes start at once, one wins and both read the same secret.
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
