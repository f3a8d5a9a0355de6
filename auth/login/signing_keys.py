"""The door's secret, and the keys for each purpose that are derived from it."""

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auth.settings import Settings
from runtime.settings import SettingsError

_FILE = "session_secret"


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Keys by purpose, the signing one first; the others only read what an earlier secret signed."""

    link: tuple[bytes, ...]
    session: tuple[bytes, ...]
    marks: tuple[str, ...]
    """What tells secrets apart, and leads back to none."""

    @classmethod
    def of(cls, secret: str, previous: str = "") -> "Keyring":
        """Derives every key from the secret and, while it is rotated out, from the previous one."""
        secrets_ = [part for part in (secret, previous) if part]
        return cls(
            link=tuple(_derive(part, b"link") for part in secrets_),
            session=tuple(_derive(part, b"session") for part in secrets_),
            marks=tuple(_derive(part, b"mark").hex() for part in secrets_),
        )


def _derive(secret: str, purpose: bytes) -> bytes:
    info = b"claude-code-sdk-container/door/" + purpose
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())


def kept_secret(settings: Settings) -> str:
    """SESSION_SECRET, or the secret kept in DATA_DIR, which is made when there is none."""
    return settings.session_secret or _kept_secret(make_private(settings.auth_dir))


def make_private(folder: Path) -> Path:
    """The folder, made when absent, for its owner alone.

    Raises:
        SettingsError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"DATA_DIR: {folder} cannot be used ({error.strerror}); name a writable folder") from None
    return folder


def _kept_secret(folder: Path) -> str:
    path = folder / _FILE
    try:
        if not path.exists():
            # Linked into place whole: of two programs that start at once, one wins and both read the same.
            descriptor, name = tempfile.mkstemp(dir=folder)
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
        secret = path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"DATA_DIR: {path} cannot be used ({error.strerror}); make it readable") from None
    if len(secret) < 32:
        raise SettingsError(f"DATA_DIR: {path} is damaged; delete it and everybody signs in anew")
    return secret
