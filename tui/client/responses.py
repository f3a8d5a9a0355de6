"""Types of responses that `api.schema` does not define."""

from api.schema import Message, Record, Request, SessionInfo


class SessionPage(Record):
    sessions: tuple[SessionInfo, ...] = ()
    next_cursor: str | None = None


class MessagePage(Record):
    messages: tuple[Message, ...] = ()
    next_cursor: str | None = None


class RequestList(Record):
    requests: tuple[Request, ...] = ()


class Health(Record):
    status: str = "healthy"
    has_token: bool = True
    demo: bool = False


class Accepted(Record):
    turn_id: str
    position: int = 0


class Model(Record):
    value: str
    display_name: str = ""
    resolved_model: str = ""
    """Its name in a session's status."""
    description: str = ""


class ModelList(Record):
    models: tuple[Model, ...] = ()


class Command(Record):
    name: str
    description: str = ""


class CommandList(Record):
    commands: tuple[Command, ...] = ()


class FileEntry(Record):
    name: str
    type: str = "file"
    size: int = 0


class Folder(Record):
    entries: tuple[FileEntry, ...] = ()
