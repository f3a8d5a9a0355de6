"""What a user used today, and may use."""

from api.schema.base import Record


class Spending(Record, omit_defaults=False):
    """The answer of `GET /usage`."""

    user: str
    day: str
    """UTC."""
    turns: int
    """Finished today."""
    cost_usd: float
    input_tokens: int
    output_tokens: int
    max_budget_usd: float | None
    """Of a day; null: no limit."""
    max_turns_per_minute: int | None
    turns_this_minute: int
    """0 where they are not limited."""
    resets_at: str
    """When the next day begins."""
