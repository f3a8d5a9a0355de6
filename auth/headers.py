"""Headers: what goes in to the rooms, what comes out of them, and what the door adds to every answer."""

import re
from collections.abc import Iterable

from werkzeug.datastructures import Headers

from auth.public_origin import Site
from auth.routes import Look

Pairs = list[tuple[str, str]]

# Lists of what passes, not of what is stopped: a header nobody thought of stays outside.
_IN = frozenset(
    (
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "content-encoding",
        "idempotency-key",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "last-event-id",
        "range",
        "user-agent",
    )
)
_OUT = frozenset(
    (
        "accept-ranges",
        "allow",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "idempotent-replayed",
        "last-modified",
        "location",
        "retry-after",
        "vary",
        "x-accel-buffering",  # keeps a proxy in front from holding events back
    )
)
_OUT_STATIC = frozenset(("cache-control", "service-worker-allowed"))
"""What only the rooms' own files may say."""
_OWN_PATH = re.compile(r"/(?!/)[^\\]*")


def inbound(given: Headers) -> Pairs:
    """What a room hears of a request's headers; identity is added by the caller of this."""
    return [(name.lower(), value) for name, value in given.items() if name.lower() in _IN]


def outbound(answered: Iterable[tuple[str, str]], *, is_static: bool) -> Pairs:
    """What the outside hears of a room's headers."""
    kept = []
    for name, value in answered:
        name = name.lower()
        passes = name in _OUT or (is_static and name in _OUT_STATIC)
        if not passes:
            continue
        if name == "location" and not _OWN_PATH.fullmatch(value):
            continue
        kept.append((name, value))
    return kept


def policy(look: Look, origin: str) -> str:
    """The Content-Security-Policy of a document; scripts come from named folders, never from workspace files."""
    socket = "ws" + origin.removeprefix("http")
    rules = {
        "data": "default-src 'none'; sandbox",
        "file": "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox",
        "door": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'",
        "plain": (
            f"default-src 'none'; script-src {origin}/m/; style-src {origin}/m/; img-src {origin}/m/ data:;"
            f" font-src {origin}/m/; connect-src 'self'; form-action 'self'"
        ),
        "docs": (
            f"default-src 'none'; script-src {origin}/docs/; style-src {origin}/docs/ 'unsafe-inline';"
            f" img-src {origin}/docs/ data:; font-src {origin}/docs/; connect-src 'self'"
        ),
        "terminal": (
            f"default-src 'none'; script-src {origin}/static/; style-src {origin}/static/ 'unsafe-inline';"
            f" font-src {origin}/static/; img-src 'self' data: blob:; connect-src 'self' {socket};"
            f" worker-src {origin}/static/; manifest-src 'self'; form-action 'self'"
        ),
    }
    return f"{rules[look]}; base-uri 'none'; frame-ancestors 'none'"


def protect(headers: Headers, *, site: Site, look: Look, origin: str) -> None:
    """Sets what every answer carries."""
    headers["Content-Security-Policy"] = policy(look, origin)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if site.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers.setdefault("Cache-Control", "no-store")
