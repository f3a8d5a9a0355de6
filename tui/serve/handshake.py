"""Parses the request with which a browser opens its WebSocket."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import Headers, MultiDict

_TAB_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a terminal in cells, limited to usable values."""

    width: int
    height: int

    @classmethod
    def clamped(cls, width: object, height: object) -> "Size":
        """The nearest allowed size; 80 by 24 for values that are not numbers."""
        return cls(_clamp(width, 10, 400, 80), _clamp(height, 5, 200, 24))


@dataclass(frozen=True, kw_only=True, slots=True)
class Handshake:
    """The user and the tab that connect."""

    user: str
    tab_id: str
    """Unique among the user's tabs; the page keeps it over reloads."""
    size: Size
    session_id: str | None = None
    """The Claude session that this tab showed last."""
    notice: str | None = None
    """A notice of the gateway, shown as a banner."""
    request_id: str | None = None
    """The gateway's id of the request that opened the WebSocket."""
    prefers_dark: bool | None = None
    """The browser's colour scheme; None if it sends none."""


def read_handshake(headers: Headers, arguments: MultiDict[str, str]) -> Handshake | None:
    """The handshake; None if the request did not come through the gateway, or has no valid tab id."""
    user, tab_id = headers.get("X-Forwarded-User", ""), arguments.get("tab", "")
    if not user or not _TAB_ID.fullmatch(tab_id):
        return None
    session_id = arguments.get("session", "")
    return Handshake(
        user=user,
        tab_id=tab_id,
        size=Size.clamped(arguments.get("width"), arguments.get("height")),
        session_id=session_id if _SESSION_ID.fullmatch(session_id) else None,
        notice=headers.get("X-Gateway-Notice") or None,
        request_id=headers.get("X-Request-ID") or None,
        prefers_dark={"1": True, "0": False}.get(arguments.get("dark", "")),
    )


def _clamp(value: object, minimum: int, maximum: int, default: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int | float) or value != value:
        return default
    return int(min(max(value, minimum), maximum))
