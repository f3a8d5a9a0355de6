"""Where every failure becomes an answer: one shape, nothing internal in it."""

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
AILING = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_READONLY")
"""What SQLite says of its disk, and not of our statement."""


def answer_failures(app: Quart) -> None:
    """Makes the app answer each failure in our shape."""

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
    @app.errorhandler(ConnectionError)  # it cannot be reached
    async def _database(error: Exception) -> Response:
        if isinstance(error, DBAPIError) and not _is_away(error):
            return await _bug(error)
        log.warning("database_unavailable", error=str(error).partition("\n")[0])
        return await _api_error(DatabaseDownError())

    @app.errorhandler(Exception)
    async def _bug(error: Exception) -> Response:
        log.error("request_crashed", exc_info=error)
        return _answer(500, ApiError().body(g.request_id), {})


def _is_away(error: DBAPIError) -> bool:
    state = str(getattr(error.orig, "sqlstate", "") or "")
    # 08: the connection broke; 57: the server stops, or has not begun yet.
    return error.connection_invalidated or state.startswith(("08", "57")) or _of_sqlite(error).startswith(AILING)


def _of_sqlite(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlite_errorname", ""))


def _answer(status: int, body: dict[str, object], headers: dict[str, str]) -> Response:
    return Response(json.encode(body), status, headers, content_type="application/json")
