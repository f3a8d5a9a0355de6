"""Whether a person is behind a request, or a page that asks by itself: only people keep a login from idling out."""

from urllib.parse import urlsplit

from quart.wrappers.base import BaseRequestWebsocket

from auth.routes import SAFE, Route

BACKGROUND = "X-Background"
"""The header with which our own pages say that nobody asked for this."""
_QUIET = frozenset({"ping"})
"""Views that pages ask by themselves."""


def is_person(request: BaseRequestWebsocket, route: Route) -> bool:
    """Whether somebody did something for this request to be made."""
    if route.is_socket or route.view in _QUIET or BACKGROUND in request.headers:
        return False
    if request.method not in SAFE:
        return True
    mode = request.headers.get("Sec-Fetch-Mode")
    if mode is None:  # a program, or a browser that does not say: then what streams goes on by itself
        return "text/event-stream" not in request.headers.get("Accept", "") and not route.rule.endswith("/events")
    if mode != "navigate":
        return False
    # A page that reloads itself comes from itself; Safari tells nothing more than that.
    return request.headers.get("Sec-Fetch-User") == "?1" or not _comes_from_itself(request)


def _comes_from_itself(request: BaseRequestWebsocket) -> bool:
    try:
        return urlsplit(request.headers.get("Referer", "")).path == request.path
    except ValueError:
        return False
