"""The facts about a session that are always on the screen."""

from dataclasses import dataclass

from api.schema import Context, RateLimit, SessionInfo, TurnFinished
from api.schema.sessions import PermissionMode, SessionState


@dataclass(slots=True, kw_only=True)
class Status:
    """Changed only by the conversation."""

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
    """When the running turn began; None if none is running."""
    last_event_at: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cache_tokens: int = 0
    duration_ms: int = 0

    def apply_info(self, info: SessionInfo) -> None:
        """Applies the api's description of the session."""
        self.state, self.title, self.model, self.effort = info.state, info.title, info.model, info.effort
        self.permission_mode, self.cwd = info.permission_mode, info.cwd
        self.cost_usd, self.num_turns = info.cost_usd, info.num_turns

    def add_turn(self, turn: TurnFinished) -> None:
        """Adds the time and tokens of a turn."""
        usage = turn.usage
        self.duration_ms += turn.duration_ms
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cache_tokens += usage.cache_read_input_tokens + usage.cache_creation_input_tokens

    def apply_context(self, context: Context) -> None:
        """Sets how full the context is."""
        self.context_percent, self.context_tokens = context.percent, context.used_tokens
        self.context_max = context.max_tokens
