"""The time, as the API writes it."""

from datetime import UTC, datetime, timedelta

_TICK = timedelta(milliseconds=1)


def timestamp(*, ago: timedelta = timedelta(), after: str = "") -> str:
    """Now, or a while ago: ISO 8601 UTC with milliseconds and Z. Such texts sort like the times they name.

    Args:
        after: an earlier one; the answer is greater than it even where the clock was put back.
    """
    now = _text(datetime.now(UTC) - ago)
    return now if now > after else _text(datetime.fromisoformat(after) + _TICK)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
