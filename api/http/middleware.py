"""A name for each request, in its log lines and in its answer."""

import re
import time
import uuid

import structlog
from quart import Quart, Response, g, request

from api.http.request_parsing import caller

log = structlog.get_logger("api.requests")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def trace_requests(app: Quart) -> None:
    """Gives each request an id, taken from the caller when it is a good one, and logs how it ended."""

    @app.before_request
    async def _name() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, user=caller())

    @app.after_request
    async def _answer(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if request.method == "HEAD":
            _drop_body(response)
        elapsed = round((time.perf_counter() - g.started) * 1000, 1)
        say = log.debug if request.path == "/health" else log.info
        say("request", method=request.method, path=request.path, status=response.status_code, ms=elapsed)
        return response


def _drop_body(response: Response) -> None:
    # HEAD runs the view of GET, whose body may be a stream without end.
    length = response.headers.get("Content-Length")
    response.response = response.data_body_class(b"")
    if length is None:
        response.headers.pop("Content-Length", None)
    else:
        response.headers["Content-Length"] = length
