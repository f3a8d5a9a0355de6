"""What is always in sight."""

from dataclasses import dataclass

from api.schema import RateLimit
from api.schema.sessions import PermissionMode, SessionState


@dataclass(slots=True, kw_only=True)
class Status:
    """The conversation alone changes it."""

    state: SessionState = "idle"
    title: str = ""
    model: str | None = None
    effort: str | None = None
    permission_mode: PermissionMode = "default"
    cwd: str = ""
    cost_usd: float = 0
    num_turns: int = 0
    context_percent: float | None = None
    context_tokens: int = 0
    context_max: int = 0
    rate_limit: RateLimit | None = None
    turn_began_at: str | None = None
    """When the running turn started."""
    last_event_at: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cache_tokens: int = 0
    duration_ms: int = 0
