"""Headers: which ones pass between callers and services, and which ones the gateway adds to every response."""

import re
from collections.abc import Iterable

from werkzeug.datastructures import Headers

from auth.public_origin import PublicOrigin
from auth.request_context import RequestContext
from auth.routes import CspProfile, Route, Upstream
from runtime.tracing import trace_headers

HeaderPairs = list[tuple[str, str]]

# Allowlists: an unknown header is dropped.
_REQUEST_HEADERS = frozenset(
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
_RESPONSE_HEADERS = frozenset(
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
        "x-accel-buffering",  # keeps a proxy in front from delaying events
    )
)
_STATIC_RESPONSE_HEADERS = frozenset(("cache-control", "service-worker-allowed"))
"""Allowed only on static routes."""
_OWN_PATH = re.compile(r"/(?!/)[^\\]*")


def request_headers(given: Headers) -> HeaderPairs:
    """The caller's headers that a service receives."""
    return [(name.lower(), value) for name, value in given.items() if name.lower() in _REQUEST_HEADERS]


def gateway_headers(context: RequestContext, route: Route, security_notice: str) -> HeaderPairs:
    """The gateway's own headers for a service: the user, the request id, the trace, and the notice for screens."""
    headers = [("x-request-id", context.request_id), *trace_headers().items()]
    if security_notice and (route.upstream is Upstream.TUI or route.csp == "mobile"):
        headers.append(("x-gateway-notice", security_notice))
    return [("x-forwarded-user", context.user), *headers] if context.user else headers


def response_headers(given: Iterable[tuple[str, str]], *, is_static: bool) -> HeaderPairs:
    """The service's headers that the caller receives."""
    passed = []
    for name, value in given:
        name = name.lower()
        passes = name in _RESPONSE_HEADERS or (is_static and name in _STATIC_RESPONSE_HEADERS)
        if not passes:
            continue
        if name == "location" and not _OWN_PATH.fullmatch(value):
            continue
        passed.append((name, value))
    return passed


def content_security_policy(profile: CspProfile, origin: str) -> str:
    """The Content-Security-Policy of a document; scripts load from named folders, never from workspace files."""
    socket = "ws" + origin.removeprefix("http")
    rules = {
        "data": "default-src 'none'; sandbox",
        "file": "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; sandbox",
        "gateway": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'",
        "mobile": (
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
    return f"{rules[profile]}; base-uri 'none'; frame-ancestors 'none'"


def add_security_headers(headers: Headers, *, origin: PublicOrigin, host: str, profile: CspProfile) -> None:
    """Adds the headers of every response.

    Args:
        host: the Host under which the browser reached us.
    """
    headers["Content-Security-Policy"] = content_security_policy(profile, origin.origin_for(host))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if origin.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers.setdefault("Cache-Control", "no-store")
