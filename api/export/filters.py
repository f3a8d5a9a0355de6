"""What the templates of a conversation need."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from api.export.markup import line_of, markup_of
from api.export.visible import uncoloured, visible
from api.schema import encode


def pretty(value: Mapping[str, object]) -> str:
    """A tool's input for a person: long texts as they are, the rest as JSON."""
    if len(value) == 1:
        (only,) = value.values()
        if isinstance(only, str):
            return only
    return msgspec.json.format(encode(value)).decode()


def ago(moment: str) -> str:
    """How long ago an ISO 8601 time is, in one word."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except ValueError:
        return moment
    if seconds < 60:
        return "now"
    for unit, length in (("min", 60), ("h", 3600), ("d", 86400)):
        if seconds < length * (60 if unit == "min" else 24 if unit == "h" else 60):
            return f"{int(seconds // length)} {unit}"
    return moment[:10]


FILTERS: dict[str, Callable[..., object]] = {
    "markdown": markup_of,
    "line": line_of,
    "plain": visible,
    "uncoloured": uncoloured,
    "pretty": pretty,
    "ago": ago,
}
