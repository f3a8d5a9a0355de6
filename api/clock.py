"""The time, as the API writes it."""

from datetime import UTC, datetime, timedelta


def timestamp(*, ago: timedelta = timedelta()) -> str:
    """Now, or a while ago: ISO 8601 UTC with milliseconds and Z. Such texts sort like the times they name."""
    return (datetime.now(UTC) - ago).isoformat(timespec="milliseconds").replace("+00:00", "Z")
