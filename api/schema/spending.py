"""The usage of a user today, and the limits."""

from api.schema.base import Record


class Spending(Record, omit_defaults=False):
    """The answer of `GET /usage`."""

    user: str
    day: str
    """The date, in UTC."""
    turns: int
    """Turns that finished today."""
    cost_usd: float
    input_tokens: int
    output_tokens: int
    max_budget_usd: float | None
    """The limit for a day; null when there is none."""
    max_turns_per_minute: int | None
    turns_this_minute: int
    """Turns that began in this minute; 0 when there is no limit."""
    resets_at: str
    """The start of the next day."""
