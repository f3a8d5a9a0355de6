"""What one message of Claude Code means to the session that runs it."""

from dataclasses import dataclass

from api.claude.result import ReportedResult
from api.schema import Event
from api.schema.sessions import PermissionMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One message of Claude Code, without the SDK's types."""

    events: tuple[Event, ...] = ()
    """The events to publish."""
    is_answer: bool = False
    """Whether it is part of an answer in the main conversation. If no turn is running, it begins an autonomous one."""
    model: str | None = None
    """The model that answers, when Claude Code names it."""
    permission_mode: PermissionMode | None = None
    """The mode in force, when Claude Code names it."""
    background_tasks: int | None = None
    """How many background tasks are running, when that has changed."""
    result: ReportedResult | None = None
    """Set when a turn has ended."""
