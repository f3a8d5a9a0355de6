"""The forms an answer takes: compact JSON, a redirect of our own, a refusal for a person or a program."""

import json

from quart import Response
from quart.wrappers.base import BaseRequestWebsocket

from auth.door import Door
from auth.errors import LimitedError, RefusedError, UnauthorizedError
from auth.pages.renderer import wants_page
from auth.request_context import Visit

NOT_FOUND = 404
TITLES = {
    400: "That did not work",
    401: "You are signed out",
    403: "Not from here",
    404: "There is nothing here",
    421: "Unknown address",
    429: "Slow down a little",
    500: "Something broke",
    502: "One moment",
    503: "One moment",
}


NOWHERE = "This address leads nowhere: it may be old, or mistyped"


def as_json(body: object, status: int = 200) -> Response:
    """Compact JSON: callers grep it."""
    return Response(json.dumps(body, separators=(",", ":")), status=status, content_type="application/json")


def go_to(path: str, status: int = 303) -> Response:
    """A redirect to a path of ours."""
    return Response(b"", status=status, headers={"Location": path})


def refusal(door: Door, request: BaseRequestWebsocket, visit: Visit, error: RefusedError) -> Response:
    """The refusal, as a page where a person looks and as JSON elsewhere."""
    shows_page = visit.route is not None and visit.route.is_page
    if wants_page(request) and (visit.route is None or shows_page):
        response = _page(door, request, visit, error)
    else:
        body = {"error": error.sentence, "code": error.code, "requestId": visit.request_id}
        response = as_json(body, error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, UnauthorizedError) and response.status_code == error.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _page(door: Door, request: BaseRequestWebsocket, visit: Visit, error: RefusedError) -> Response:
    if isinstance(error, UnauthorizedError) and request.method in ("GET", "HEAD"):
        return go_to("/auth/login", 302)
    retry = error.retry_after if error.status in (502, 503) and request.method == "GET" else None
    return door.pages.render(
        "error",
        error.status,
        title=TITLES.get(error.status, "That did not work"),
        sentence=NOWHERE if error.status == NOT_FOUND else error.sentence,
        request_id=visit.request_id,
        retry=None if isinstance(error, LimitedError) else retry,
    )
