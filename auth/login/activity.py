"""Distinguishes requests made by a person from a page's automatic ones, which must not extend a login."""

from urllib.parse import urlsplit

from quart.wrappers.base import BaseRequestWebsocket

from auth.routes import SAFE_METHODS, Route

BACKGROUND_HEADER = "X-Background"
"""Sent by our pages with automatic requests."""
_AUTOMATIC_VIEWS = frozenset({"ping"})
_STREAM = "text/event-stream"


def is_made_by_person(request: BaseRequestWebsocket, route: Route) -> bool:
    """Whether an action of a person caused this request."""
    if route.is_socket or route.view in _AUTOMATIC_VIEWS or BACKGROUND_HEADER in request.headers:
        return False
    if request.method not in SAFE_METHODS:
        return True
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is None:  # a program or an old browser, whose event streams reconnect on their own
        return _STREAM not in request.headers.get("Accept", "") and not route.rule.endswith("/events")
    if mode != "navigate":
        return False
    # A page that reloads itself names itself as the referrer; Safari sends no Sec-Fetch-User.
    return request.headers.get("Sec-Fetch-User") == "?1" or not _is_reload(request)


def _is_reload(request: BaseRequestWebsocket) -> bool:
    try:
        return urlsplit(request.headers.get("Referer", "")).path == request.path
    except ValueError:
        return False
