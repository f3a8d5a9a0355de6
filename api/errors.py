"""The root of everything that can go wrong for a caller, and the shape in which the caller learns it."""

from math import ceil
from typing import ClassVar


class ApiError(Exception):
    """The server failed. The request id helps whoever runs it to find out why."""

    status: ClassVar[int] = 500
    code: str = "internal_error"
    retry_after: float | None = None
    """Seconds after which it is worth asking again."""

    def __init__(
        self,
        sentence: str | None = None,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        **details: object,
    ) -> None:
        """Keeps what the caller is told.

        Args:
            sentence: for a person; the class's own sentence when absent. Nothing internal belongs in it.
            code: for a program, when the class's own is too coarse.
            retry_after: seconds; sent as `Retry-After` too.
            details: further keys of the body, already in camelCase, such as `sessionId`.
        """
        self.sentence = sentence or (type(self).__doc__ or "").partition("\n")[0]
        self.code = code or type(self).code
        self.retry_after = retry_after if retry_after is not None else type(self).retry_after
        self.details = details
        super().__init__(self.sentence)

    def body(self, request_id: str | None = None) -> dict[str, object]:
        """The error as JSON, the same in an HTTP answer and in an SSE `error` event."""
        body: dict[str, object] = {"error": self.sentence, "code": self.code}
        if self.retry_after is not None:
            body["retryAfter"] = ceil(self.retry_after)
        body.update(self.details)
        if request_id:
            body["requestId"] = request_id
        return body


class BadRequestError(ApiError):
    """The request cannot be understood."""

    status = 400
    code = "bad_request"


class ForbiddenError(ApiError):
    """This is not allowed here."""

    status = 403
    code = "forbidden"


class NotFoundError(ApiError):
    """Not found"""

    status = 404
    code = "not_found"


class ConflictError(ApiError):
    """Something else is going on with this just now."""

    status = 409
    code = "conflict"


class TooLargeError(ApiError):
    """Request body too large"""

    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(ApiError):
    """Content-Type must be application/json"""

    status = 415
    code = "unsupported_media_type"


class UnprocessableError(ApiError):
    """The request contradicts an earlier one."""

    status = 422
    code = "unprocessable"


class LimitError(ApiError):
    """A limit is reached. Try again later"""

    status = 429
    code = "limit_reached"


class ModelError(ApiError):
    """Claude's API refused or failed."""

    status = 502
    code = "model_error"


class BusyError(ApiError):
    """All sessions are busy. Try again in a moment."""

    status = 503
    code = "busy"
    retry_after = 5


class DatabaseDownError(BusyError):
    """The database does not answer. Try again in a moment"""

    code = "database_unavailable"


class NotConfiguredError(ApiError):
    """CLAUDE_CODE_OAUTH_TOKEN not configured"""

    status = 503
    code = "not_configured"
    retry_after = 60


class TurnTimeoutError(ApiError):
    """The turn took longer than its timeoutSeconds and was interrupted"""

    status = 504
    code = "timeout"
