"""API keys: reads CLAUDE_CODE_SDK_CONTAINER_API_KEY, and finds the name of a key in constant time."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Self

from runtime.settings import InvalidValueError

DEFAULT_NAME = "key"
"""The name of a key that is configured without one."""
MIN_LENGTH = 16
"""Characters; start-up warns that shorter keys are easy to guess."""

_NAME = re.compile(r"[A-Za-z0-9._%+@-]{1,254}")
_SHA256_HEX = re.compile(r"[0-9a-fA-F]{64}")
_RESERVED_NAMES = {"public", "local"}


class UnusableKeyError(InvalidValueError):
    """CLAUDE_CODE_SDK_CONTAINER_API_KEY cannot be used; the message says how to write it."""


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The configured keys."""

    entries: tuple[tuple[str, bytes], ...] = ()
    """The name and the SHA-256 of each key."""
    short: tuple[str, ...] = ()
    """The names of keys that are easy to guess."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `key`, `name:key`, `sha256:HEX` and `name:sha256:HEX`, separated by commas.

        Raises:
            UnusableKeyError: an entry has none of these forms.
        """
        entries: list[tuple[str, bytes]] = []
        short: list[str] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, key = _split_entry(part)
            if key.startswith("sha256:"):
                digest = key.removeprefix("sha256:")
                if not _SHA256_HEX.fullmatch(digest):
                    raise UnusableKeyError(f"has a hash of '{name}' that is not 64 hex digits; write name:sha256:HEX")
                entries.append((name, bytes.fromhex(digest)))
                continue
            entries.append((name, _hash(key.encode("utf-8", "surrogateescape"))))
            if len(key) < MIN_LENGTH:
                short.append(name)
        return cls(tuple(entries), tuple(short))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def name_of(self, key: bytes) -> str | None:
        """The name of the key, or None; takes the same time for every key."""
        given = _hash(key)
        found = None
        for name, digest in self.entries:
            if hmac.compare_digest(given, digest):
                found = found or name
        return found


def _split_entry(entry: str) -> tuple[str, str]:
    if entry.startswith("sha256:"):
        return DEFAULT_NAME, entry
    name, colon, key = entry.partition(":")
    if not colon:
        return DEFAULT_NAME, entry
    name = name.strip().lower() if "@" in name else name.strip()
    if not _NAME.fullmatch(name) or not key.strip():
        raise UnusableKeyError("has an entry that is not of the form name:key, key, name:sha256:HEX or sha256:HEX")
    if name in _RESERVED_NAMES:
        raise UnusableKeyError(f"names a key '{name}', which is a reserved name; choose another")
    return name, key.strip()


def _hash(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
