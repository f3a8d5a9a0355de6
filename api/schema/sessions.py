"""A session as clients see it, and what they send to it."""

from typing import Literal

from api.schema.base import Record

SessionState = Literal["idle", "running", "waiting", "parked"]
PermissionMode = Literal["default", "acceptEdits", "plan", "dontAsk", "bypassPermissions"]


class SessionInfo(Record, omit_defaults=False):
    """A row of `GET /sessions`; every key is always there."""

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
    """Absolute path inside the workspace."""
    effort: str | None = None


class Attachment(Record):
    """A file or image that goes with a prompt: either a path of the workspace, or the data itself."""

    path: str | None = None
    """Relative to the workspace; Claude is told to read it (images are sent along)."""
    name: str | None = None
    media_type: str | None = None
    data: str | None = None
    """Base64."""


class Prompt(Record):
    """The body of `POST /sessions/{id}/messages`."""

    prompt: str
    attachments: tuple[Attachment, ...] = ()
