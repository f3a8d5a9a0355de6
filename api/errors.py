"""The errors of the API: a class for each, with its HTTP status, its code and its sentence."""

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


class InvalidOptionError(BadRequestError):
    """An option is unknown or has the wrong type; the sentence names it."""

    code = "invalid_option"


class InvalidPromptError(BadRequestError):
    """Prompt is required"""

    code = "invalid_prompt"


class BypassForbiddenError(ForbiddenError):
    """permissionMode bypassPermissions is off here; ALLOW_BYPASS_PERMISSIONS=1 turns it on"""

    code = "bypass_forbidden"


class SessionNotFoundError(NotFoundError):
    """No session with this id"""

    code = "session_not_found"


class TurnNotFoundError(NotFoundError):
    """No queued prompt with this id"""

    code = "turn_not_found"


class RequestNotFoundError(NotFoundError):
    """No request with this id in this session"""

    code = "request_not_found"


class MessageNotFoundError(NotFoundError):
    """No message with this id in this session"""

    code = "message_not_found"


class SessionBusyError(ConflictError):
    """The session is running a turn: interrupt it, or wait for its end"""

    code = "session_busy"


class FilesNotKeptError(ConflictError):
    """Claude Code does not know any more how the files were at that message"""

    code = "files_not_kept"


class FolderNotTrustedError(ConflictError):
    """This folder has settings of its own that nobody has accepted yet: send a prompt, and you are asked"""

    code = "folder_not_trusted"


class TurnStartedError(ConflictError):
    """This prompt is already running: interrupt the session instead"""

    code = "turn_started"


class RequestClosedError(ConflictError):
    """This request is closed: somebody answered it first, or its turn ended"""

    code = "request_closed"


class PromptQueueFullError(BusyError):
    """Too many prompts are waiting in this session"""

    code = "prompt_queue_full"


class CliFailedError(ModelError):
    """Claude Code ended unexpectedly. Your next prompt starts it again where it was."""

    code = "cli_failed"
