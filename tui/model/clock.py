"""Parses the api's times and formats times for display."""

from datetime import UTC, datetime


def parse_time(at: str | None) -> datetime | None:
    """Reads an ISO 8601 time; None if it is missing or malformed."""
    try:
        return datetime.fromisoformat(at) if at else None
    except ValueError:
        return None


def seconds_between(began_at: str | None, ended_at: str | None) -> float | None:
    """The seconds between two times, or until now if there is no end."""
    began = parse_time(began_at)
    if began is None:
        return None
    ended = parse_time(ended_at) or datetime.now(UTC)
    return max((ended - began).total_seconds(), 0)


def duration(seconds: float) -> str:
    """Such as `0.4s`, `12s`, `3m 05s`, `2h 07m`."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    if seconds < 60:
        return f"{seconds:.0f}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def ago(at: str, now: datetime | None = None) -> str:
    """Such as `just now`, `5 min ago`, `3 h ago`, `2 d ago`, or a date."""
    then = parse_time(at)
    if then is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 60:
        return "just now"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return then.astimezone().strftime("%-d %b %Y") if unit == "d" and count > 13 else f"{count} {unit} ago"
    return ""
