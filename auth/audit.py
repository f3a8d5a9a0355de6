"""What happened at the door: one JSON line each in audit.jsonl. Never a token, cookie, key or prompt."""

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal, Protocol

from auth.limits.in_memory import NearLimits, Rule

LARGEST = 5_000_000
"""Bytes of one file; then it becomes audit.jsonl.1, and so on."""
KEPT = 5
"""Older files kept."""
REFUSED = frozenset({"login_failed", "link_reused", "key_failed", "rate_limited", "forbidden_origin"})
"""Events that strangers can cause at will."""
REFUSED_A_DAY = Rule("audit_refused", 2000, 86_400)
"""So many of them stand in audit.jsonl; the others in a file of their own, where they push no history out."""

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


def timestamp(seconds: float | None = None) -> str:
    """ISO 8601 in UTC with milliseconds and Z; now by default."""
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _PrivateFile(RotatingFileHandler):
    def _open(self):  # type: ignore[no-untyped-def] # the stream's type is the base class's own
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)


def _file(path: Path, largest: int, kept: int, *, delay: bool) -> _PrivateFile:
    return _PrivateFile(path, maxBytes=largest, backupCount=kept, encoding="utf-8", delay=delay)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Table(Protocol):
    """Takes the lines that other machines should see too."""

    def add(self, line: dict[str, object]) -> None: ...


class Audit:
    """The audit file, and the one beside it for a flood of refused requests."""

    def __init__(self, folder: Path, *, table: Table | None = None, largest: int = LARGEST) -> None:
        self._table = table
        self._file = _file(folder / "audit.jsonl", largest, KEPT, delay=False)
        self._flood = _file(folder / "audit-refused.jsonl", largest, 1, delay=True)
        self._refused = NearLimits()

    def note(self, event: Event, *, request_id: str, ip: str, user: str | None = None, **more: str | int) -> None:
        """Writes one line."""
        what: dict[str, object] = {"time": timestamp(), "event": event, "requestId": request_id}
        entry = {**what, "ip": ip, "user": user, **more}
        line = json.dumps({name: value for name, value in entry.items() if value is not None}, separators=(",", ":"))
        is_flood = event in REFUSED and self._refused.spend((REFUSED_A_DAY, "")) is not None
        if self._table is not None and not is_flood:
            self._table.add(entry)
        file = self._flood if is_flood else self._file
        file.emit(logging.LogRecord("audit", logging.INFO, "", 0, line, None, None))

    def close(self) -> None:
        self._file.close()
        self._flood.close()
