"""What happens before and after every request: its id, its log line, and the headers of its answer."""

import time

import structlog
from quart import Quart, Response, g, request

from api.http.request_parsing import caller
from runtime.request_id import HEADER, request_id

log = structlog.get_logger("api.requests")


def headers_of_every_answer() -> dict[str, str]:
    """The headers that every answer has, errors and event streams included."""
    return {HEADER: g.request_id}


def add_middleware(app: Quart) -> None:
    """Gives each request an id, logs how it ended, and sets the headers of its answer."""

    @app.before_request
    async def _begin() -> None:
        g.request_id = request_id(request.headers.get(HEADER))
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
