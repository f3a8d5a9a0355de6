"""What can go wrong with a session or a query, as the errors that HTTP knows how to tell."""

from api.errors import (
    BadRequestError,
    BusyError,
    ConflictError,
    ForbiddenError,
    ModelError,
    NotFoundError,
)


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
