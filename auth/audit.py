"""Writes the audit log: one JSON line per security event in audit.jsonl, never a token, cookie, key or prompt."""

import json
import logging
import os
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal, Protocol

from auth.limits.in_memory import InMemoryLimits
from auth.limits.rules import Rule
from runtime.clock import timestamp

MAX_BYTES = 5_000_000
"""Size at which the file is renamed to audit.jsonl.1, and so on."""
BACKUPS = 5
"""Older files kept."""
REFUSALS = frozenset({"login_failed", "link_reused", "key_failed", "rate_limited", "forbidden_origin"})
"""Events that anyone can cause without signing in."""
REFUSALS_A_DAY = Rule("audit_refused", 2000, 86_400)
"""Refusals written to audit.jsonl; further ones go to audit-refused.jsonl, so a flood displaces no other events."""

Event = Literal[
    "login_link_sent",
    "login_ok",
    "login_failed",
    "link_reused",
    "logout",
    "session_revoked",
    "key_failed",
    "rate_limited",
    "forbidden_origin",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """The sender of an audited request."""

    request_id: str
    ip: str


class AuditSink(Protocol):
    """Receives the lines that other replicas must be able to read."""

    def add(self, line: dict[str, object]) -> None: ...


class Audit:
    """The audit file, and a second file for floods of refused requests."""

    def __init__(self, folder: Path, *, sink: AuditSink | None = None, max_bytes: int = MAX_BYTES) -> None:
        self._sink = sink
        self._file = _PrivateFile(folder / "audit.jsonl", maxBytes=max_bytes, backupCount=BACKUPS, encoding="utf-8")
        self._overflow_file = _PrivateFile(
            folder / "audit-refused.jsonl", maxBytes=max_bytes, backupCount=1, encoding="utf-8", delay=True
        )
        self._refusals = InMemoryLimits()

    def record(self, event: Event, requester: Requester, *, user: str | None = None, **details: str | int) -> None:
        """Writes one line."""
        entry: dict[str, object] = {"time": timestamp(), "event": event, "requestId": requester.request_id}
        entry |= {"ip": requester.ip, "user": user, **details}
        line = json.dumps({name: value for name, value in entry.items() if value is not None}, separators=(",", ":"))
        is_overflow = event in REFUSALS and self._refusals.take_now((REFUSALS_A_DAY, "")) is not None
        if self._sink is not None and not is_overflow:
            self._sink.add(entry)
        file = self._overflow_file if is_overflow else self._file
        file.emit(logging.LogRecord("audit", logging.INFO, "", 0, line, None, None))

    def close(self) -> None:
        self._file.close()
        self._overflow_file.close()


class _PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner can read."""

    def _open(self):  # type: ignore[no-untyped-def] # the stream's type is the base class's own
        return open(self.baseFilename, "a", encoding="utf-8", opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
