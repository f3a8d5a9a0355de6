"""What happens before and after every request: its id, its log line, and the headers of its answer."""

import re
import time
import uuid

import structlog
from quart import Quart, Response, g, request

from api.http.request_parsing import caller

log = structlog.get_logger("api.requests")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def headers_of_every_answer() -> dict[str, str]:
    """The headers that every answer has, errors and event streams included."""
    return {"X-Request-ID": g.request_id}


def add_middleware(app: Quart) -> None:
    """Gives each request an id, logs how it ended, and sets the headers of its answer."""

    @app.before_request
    async def _begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, user=caller())

    @app.after_request
    async def _end(response: Response) -> Response:
        response.headers.update(headers_of_every_answer())
        if request.method == "HEAD":
            _drop_body(response)
        elapsed = round((time.perf_counter() - g.started) * 1000, 1)
        write = log.debug if request.path == "/health" else log.info
        write("request", method=request.method, path=request.path, status=response.status_code, ms=elapsed)
        return response


def _drop_body(response: Response) -> None:
    # HEAD runs the route of GET, whose body may be an endless stream.
    length = response.headers.get("Content-Length")
    response.response = response.data_body_class(b"")
    if length is None:
        response.headers.pop("Content-Length", None)
    else:
        response.headers["Content-Length"] = length
