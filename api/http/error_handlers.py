"""Turns every error into an answer of one shape, without internal details."""

from math import ceil

import structlog
from msgspec import json
from quart import Quart, Response, g
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from api.errors import ApiError, DatabaseDownError, TooLargeError

log = structlog.get_logger()

SENTENCES = {
    400: "The request cannot be understood",
    404: "Not found",
    405: "Method not allowed",
    408: "The request took too long to arrive",
    413: TooLargeError.__doc__,
    415: "Unsupported media type",
    416: "The requested range is outside the file",
}
"""The sentences of errors that Quart raises, by status."""
SQLITE_UNAVAILABLE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_READONLY")
"""Errors of SQLite whose cause is the disk or a lock, not the statement."""


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
        body = {"error": SENTENCES.get(status, error.name), "code": code, "requestId": g.request_id}
        return _answer(status, body, headers)

    @app.errorhandler(DBAPIError)
    @app.errorhandler(ConnectionError)  # the database cannot be reached
    async def _database_error(error: Exception) -> Response:
        if isinstance(error, DBAPIError) and not _is_unavailable(error):
            return await _unexpected_error(error)
        log.warning("database_unavailable", error=str(error).partition("\n")[0])
        return await _api_error(DatabaseDownError())

    @app.errorhandler(Exception)
    async def _unexpected_error(error: Exception) -> Response:
        log.error("request_crashed", exc_info=error)
        return _answer(500, ApiError().body(g.request_id), {})


def _is_unavailable(error: DBAPIError) -> bool:
    state = str(getattr(error.orig, "sqlstate", "") or "")
    sqlite = str(getattr(error.orig, "sqlite_errorname", ""))
    # PostgreSQL: 08 is a broken connection, 57 a server that stops or still starts.
    return error.connection_invalidated or state.startswith(("08", "57")) or sqlite.startswith(SQLITE_UNAVAILABLE)


def _answer(status: int, body: dict[str, object], headers: dict[str, str]) -> Response:
    return Response(json.encode(body), status, headers, content_type="application/json")
