"""Times as the API writes them."""

from datetime import UTC, datetime, timedelta

_TICK = timedelta(milliseconds=1)


def timestamp(*, ago: timedelta = timedelta(), after: str = "") -> str:
    """Now, or a while ago, as ISO 8601 UTC with milliseconds and Z. The texts sort like the times.

    Args:
        after: an earlier timestamp. The result is greater, even if the clock was set back.
    """
    now = _text(datetime.now(UTC) - ago)
    return now if now > after else _text(datetime.fromisoformat(after) + _TICK)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
