"""API keys: named, several, compared in constant time over hashes."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Self

from runtime.settings import InvalidValueError

UNNAMED = "key"
SHORT = 16
"""Characters; a shorter key works and start-up warns."""

_NAME = re.compile(r"[A-Za-z0-9._%+@-]{1,254}")
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_RESERVED = {"public", "local"}


class UnusableKeyError(InvalidValueError):
    """CLAUDE_CODE_SDK_CONTAINER_API_KEY cannot be used; the message says how to write it."""


def _hash(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The configured keys as (name, SHA-256)."""

    entries: tuple[tuple[str, bytes], ...] = ()
    short: tuple[str, ...] = ()
    """Names of keys that are easy to guess."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `key`, `name:key`, `sha256:HEX` and `name:sha256:HEX`, comma-separated.

        Raises:
            UnusableKeyError: an entry has none of these forms.
        """
        entries: list[tuple[str, bytes]] = []
        short: list[str] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, key = _name_and_key(part)
            if key.startswith("sha256:"):
                digest = key.removeprefix("sha256:")
                if not _HEX.fullmatch(digest):
                    raise UnusableKeyError(f"has a hash of '{name}' that is not 64 hex digits; write name:sha256:HEX")
                entries.append((name, bytes.fromhex(digest)))
                continue
            entries.append((name, _hash(key.encode("utf-8", "surrogateescape"))))
            if len(key) < SHORT:
                short.append(name)
        return cls(tuple(entries), tuple(short))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def owner_of(self, key: bytes) -> str | None:
        """The name of the given key, or None; takes as long for any key."""
        given = _hash(key)
        owner = None
        for name, digest in self.entries:
            if hmac.compare_digest(given, digest):
                owner = owner or name
        return owner


def _name_and_key(part: str) -> tuple[str, str]:
    if part.startswith("sha256:"):
        return UNNAMED, part
    name, colon, key = part.partition(":")
    if not colon:
        return UNNAMED, part
    name = name.strip().lower() if "@" in name else name.strip()
    if not _NAME.fullmatch(name) or not key.strip():
        raise UnusableKeyError("has an entry that is not of the form name:key, key, name:sha256:HEX or sha256:HEX")
    if name in _RESERVED:
        raise UnusableKeyError(f"names a key '{name}', which is a reserved name; choose another")
    return name, key.strip()
