"""Turns every error into an answer of one shape, without internal details."""

from math import ceil

import structlog
from msgspec import json
from quart import Quart, Response, g
from werkzeug.exceptions import HTTPException

from api.errors import ApiError, BusyError, TooLargeError
from runtime.database.errors import DatabaseUnavailableError

log = structlog.get_logger()

MESSAGES = {
    400: "The request cannot be understood",
    404: "Not found",
    405: "Method not allowed",
    408: "The request took too long to arrive",
    413: TooLargeError.__doc__,
    415: "Unsupported media type",
    416: "The requested range is outside the file",
}
"""The messages of errors that Quart raises, by status."""


def add_error_handlers(app: Quart) -> None:
    """Makes the app answer every error as JSON with `error`, `code` and `requestId`."""

    @app.errorhandler(ApiError)
    async def _api_error(error: ApiError) -> Response:
        if error.status >= 500:
            log.warning("request_failed", code=error.code, status=error.status)
        headers = {} if error.retry_after is None else {"Retry-After": str(ceil(error.retry_after))}
        return _answer(error.status, error.body(g.request_id), headers)

    @app.errorhandler(HTTPException)
    async def _http_error(error: HTTPException) -> Response:
        status = error.code or 500
        code = error.name.lower().replace(" ", "_").replace("-", "_")
        kept = {"Allow"} if status == 405 else {"Content-Range"} if status == 416 else set()
        headers = {name: value for name, value in error.get_headers() if name in kept}
        body = {"error": MESSAGES.get(status, error.name), "code": code, "requestId": g.request_id}
        return _answer(status, body, headers)

    @app.errorhandler(DatabaseUnavailableError)
    async def _database_error(error: DatabaseUnavailableError) -> Response:
        log.warning("database_unavailable", error=error.reason)
        message = "The database does not answer. Try again in a moment"
        return await _api_error(BusyError(message, code="database_unavailable"))

    @app.errorhandler(Exception)
    async def _unexpected_error(error: Exception) -> Response:
        log.error("request_crashed", exc_info=error)
        return _answer(500, ApiError().body(g.request_id), {})


def _answer(status: int, body: dict[str, object], headers: dict[str, str]) -> Response:
    return Response(json.encode(body), status, headers, content_type="application/json")
