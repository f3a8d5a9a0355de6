"""Sessions as clients see them, and the prompts that clients send."""

from typing import Literal

from api.schema.base import Record

SessionState = Literal["idle", "running", "waiting", "parked"]
PermissionMode = Literal["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"]


class SessionInfo(Record, omit_defaults=False):
    """A session. Every key is always present."""

    id: str
    title: str
    state: SessionState
    model: str | None
    permission_mode: PermissionMode
    created_at: str
    updated_at: str
    cost_usd: float
    num_turns: int
    pending_requests: int
    cwd: str
    """The folder in which Claude works: an absolute path inside the workspace."""
    effort: str | None = None


class Attachment(Record):
    """A file or image for a prompt: either a path in the workspace, or the data."""

    path: str | None = None
    """Relative to the workspace. Images are sent to Claude; for other files, Claude gets the path to read."""
    name: str | None = None
    media_type: str | None = None
    data: str | None = None
    """Base64."""


class Prompt(Record):
    """The body of `POST /sessions/{id}/messages`."""

    prompt: str
    attachments: tuple[Attachment, ...] = ()
