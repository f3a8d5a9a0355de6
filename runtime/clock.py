"""Formats times in the form that all programs use."""

from datetime import UTC, datetime, timedelta

_TICK = timedelta(milliseconds=1)


def timestamp(seconds: float | None = None, *, ago: timedelta = timedelta(), after: str = "") -> str:
    """A time as ISO 8601 UTC with milliseconds and Z. The texts sort like the times.

    Args:
        seconds: the time in seconds since 1970; now if None.
        ago: how long before that time.
        after: an earlier timestamp. The result is greater, even if the clock was set back.

    Raises:
        OverflowError: `seconds` is outside the range of dates.
        ValueError: as above; which of the two depends on the system.
    """
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    text = _text(moment - ago)
    return text if text > after else _text(datetime.fromisoformat(after) + _TICK)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
