"""The options of a query or session, as callers send them."""

from typing import Any, Literal

from api.schema.base import Record
from api.schema.sessions import PermissionMode

Effort = Literal["low", "medium", "high", "xhigh", "max"]


class SessionOptions(Record, forbid_unknown_fields=True):
    """What a session may be created with."""

    model: str | None = None
    system_prompt: str | None = None
    append_system_prompt: str | None = None
    effort: Effort | None = None
    max_turns: int | None = None
    max_budget_usd: float | None = None
    allowed_tools: tuple[str, ...] = ()
    disallowed_tools: tuple[str, ...] = ()
    permission_mode: PermissionMode | None = None
    cwd: str | None = None


class QueryOptions(SessionOptions, forbid_unknown_fields=True):
    """What `POST /query` takes besides."""

    output_schema: dict[str, Any] | None = None
    session_id: str | None = None
    fork: bool = False
    timeout_seconds: float = 600
