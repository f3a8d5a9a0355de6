"""What a browser says of itself when it opens its socket."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import Headers, MultiDict

_TAB_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in cells, within what a person can use and a machine can draw."""

    width: int
    height: int

    @classmethod
    def clamped(cls, width: object, height: object) -> "Size":
        """The nearest allowed size; 80 by 24 for what is no number."""
        return cls(_clamp(width, 10, 400, 80), _clamp(height, 5, 200, 24))


@dataclass(frozen=True, kw_only=True, slots=True)
class Handshake:
    user: str
    tab_id: str
    """Names the tab among its user's; the page keeps it over reloads."""
    size: Size
    session_id: str | None = None
    """The Claude session that this tab showed last."""
    notice: str | None = None
    """The front door's word, shown as a bar."""
    request_id: str | None = None
    """The front door's name for the request that opened the socket."""
    prefers_dark: bool | None = None
    """What the browser prefers; None when it does not say."""


def read_handshake(headers: Headers, arguments: MultiDict[str, str]) -> Handshake | None:
    """The handshake, or None when it did not come through the front door or names no tab."""
    user, tab_id = headers.get("X-Forwarded-User", ""), arguments.get("tab", "")
    if not user or not _TAB_ID.fullmatch(tab_id):
        return None
    session_id = arguments.get("session", "")
    return Handshake(
        user=user,
        tab_id=tab_id,
        size=Size.clamped(arguments.get("width"), arguments.get("height")),
        session_id=session_id if _SESSION_ID.fullmatch(session_id) else None,
        notice=headers.get("X-Door-Notice") or None,
        request_id=headers.get("X-Request-ID") or None,
        prefers_dark={"1": True, "0": False}.get(arguments.get("dark", "")),
    )


def _clamp(value: object, least: int, most: int, default: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int | float) or value != value:
        return default
    return int(min(max(value, least), most))
