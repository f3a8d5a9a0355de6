"""Every error that the API answers with: one class for each, with its HTTP status, its code and its message.

The first line of a class's docstring is the message that the caller gets, unless the class is raised with another one.
Messages end without a full stop.
"""

from math import ceil
from typing import ClassVar


class ApiError(Exception):
    """The server failed. The request id helps its operator to find the cause"""

    status: ClassVar[int] = 500
    code: str = "internal_error"
    retry_after: float | None = None
    """Seconds after which the caller may try again."""

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        **details: object,
    ) -> None:
        """
        Args:
            message: for a person, without internal details; the class's own message when absent.
            code: for a program, when the class's own is not precise enough.
            retry_after: seconds; also sent as `Retry-After`.
            details: further keys of the body, in camelCase, such as `sessionId`.
        """
        self.message = message or (type(self).__doc__ or "").partition("\n")[0]
        self.code = code or type(self).code
        self.retry_after = retry_after if retry_after is not None else type(self).retry_after
        self.details = details
        super().__init__(self.message)

    def body(self, request_id: str | None = None) -> dict[str, object]:
        """The error as JSON: the body of an HTTP answer, or the data of an SSE `error` event."""
        body: dict[str, object] = {"error": self.message, "code": self.code}
        if self.retry_after is not None:
            body["retryAfter"] = ceil(self.retry_after)
        body.update(self.details)
        if request_id:
            body["requestId"] = request_id
        return body


class BadRequestError(ApiError):
    """The request cannot be understood"""

    status = 400
    code = "bad_request"


class NotAnObjectError(BadRequestError):
    """Request body must be a JSON object"""

    code = "invalid_json"


class InvalidFieldError(BadRequestError):
    """A field is unknown or has the wrong type"""

    code = "invalid_field"


class InvalidOptionError(BadRequestError):
    """An option is unknown or has the wrong type"""

    code = "invalid_option"


class InvalidPromptError(BadRequestError):
    """Prompt is required"""

    code = "invalid_prompt"


class InvalidAttachmentError(BadRequestError):
    """An attachment cannot be used"""

    code = "invalid_attachment"


class InvalidCursorError(BadRequestError):
    """cursor must be the nextCursor of an earlier answer"""

    code = "invalid_cursor"


class InvalidFormatError(BadRequestError):
    """format must be md, json or html"""

    code = "invalid_format"


class InvalidIdempotencyKeyError(BadRequestError):
    """Idempotency-Key must be 1 to 255 characters"""

    code = "invalid_idempotency_key"


class InvalidPathError(BadRequestError):
    """cwd must be a folder inside the workspace"""

    code = "invalid_path"


class NotAReplicaError(ApiError):
    """Only replicas of this service are answered here"""

    status = 401
    code = "unauthorized"


class ForbiddenError(ApiError):
    """This is not allowed here"""

    status = 403
    code = "forbidden"


class BypassForbiddenError(ForbiddenError):
    """Bypass is disabled on this server"""

    code = "bypass_forbidden"


class OutsideWorkspaceError(ForbiddenError):
    """This path leads out of the workspace"""

    code = "outside_workspace"


class NotFoundError(ApiError):
    """Not found"""

    status = 404
    code = "not_found"


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


class ConflictError(ApiError):
    """The request conflicts with something that is in progress"""

    status = 409
    code = "conflict"


class IsFolderError(ConflictError):
    """This is a folder"""

    code = "is_folder"


class SessionBusyError(ConflictError):
    """The session is running a turn. Interrupt it, or wait until it ends"""

    code = "session_busy"


class NoFileCheckpointError(ConflictError):
    """Claude Code no longer has the files as they were at that message"""

    code = "files_not_kept"


class FolderNotTrustedError(ConflictError):
    """The settings of this folder are not accepted yet. Send a prompt, and the session asks about them"""

    code = "folder_not_trusted"


class TurnStartedError(ConflictError):
    """This prompt is already running. Interrupt the session instead"""

    code = "turn_started"


class RequestClosedError(ConflictError):
    """This request is closed: it was already answered, or its turn ended"""

    code = "request_closed"


class IdempotencyRunningError(ConflictError):
    """The first request with this Idempotency-Key is still running"""

    code = "idempotency_running"


class ReplicaNotReachableError(ConflictError):
    """The session runs on another replica, which this one cannot reach"""

    code = "session_elsewhere"


class TurnInterruptedError(ConflictError):
    """The turn was interrupted"""

    code = "interrupted"


class TooLargeError(ApiError):
    """Request body too large"""

    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(ApiError):
    """Content-Type must be application/json"""

    status = 415
    code = "unsupported_media_type"


class UnprocessableError(ApiError):
    """The request contradicts an earlier one"""

    status = 422
    code = "unprocessable"


class IdempotencyKeyReusedError(UnprocessableError):
    """This Idempotency-Key was used with a different request"""

    code = "idempotency_key_reused"


class LimitError(ApiError):
    """A limit is reached. Try again later"""

    status = 429
    code = "limit_reached"


class BudgetExceededError(LimitError):
    """Your budget for today is used up"""

    code = "budget_exceeded"


class TooManyTurnsError(LimitError):
    """Too many prompts within a minute"""

    code = "too_many_turns"


class ModelError(ApiError):
    """Claude's API refused or failed"""

    status = 502
    code = "model_error"


class CliFailedError(ModelError):
    """Claude Code ended unexpectedly. Your next prompt resumes the conversation"""

    code = "cli_failed"


class PromptNotSentError(CliFailedError):
    """Claude Code did not accept the prompt"""


class BusyError(ApiError):
    """All Claude Code processes are in use. Try again in a moment"""

    status = 503
    code = "busy"
    retry_after = 5


class ReplicaSilentError(BusyError):
    """The replica that runs this session does not answer. Another one takes over in a moment"""

    code = "replica_silent"


class SessionMovingError(BusyError):
    """The session is moving to another replica. Try again in a moment"""

    code = "session_moving"
    retry_after = 1


class PromptQueueFullError(BusyError):
    """Too many prompts are waiting in this session"""

    code = "prompt_queue_full"


class DrainingError(BusyError):
    """The server is shutting down and accepts no new work. Try again in a moment"""

    code = "draining"


class NoSystemUserLeftError(BusyError):
    """No free system user is left for Claude Code"""

    code = "no_account_left"  # public, so it keeps the older word for a system user


class NotConfiguredError(ApiError):
    """CLAUDE_CODE_OAUTH_TOKEN not configured"""

    status = 503
    code = "not_configured"
    retry_after = 60


class TurnTimeoutError(ApiError):
    """The turn took longer than its timeoutSeconds and was interrupted"""

    status = 504
    code = "timeout"


class FileError(ApiError):
    """The file system refused the operation"""


class DiskFullError(ApiError):
    """The disk is full"""

    status = 507
    code = "disk_full"
