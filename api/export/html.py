"""Exports a conversation as one HTML page without scripts or references to other files."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader

from api.export.conversation import Part
from api.export.safe_html import line_of, markup_of, uncoloured, visible
from api.schema import SessionInfo, encode

PAGES = Path(__file__).parents[1] / "http"
"""The folder of the templates and styles, which the `/m` pages use too."""


def as_html(session: SessionInfo, parts: Iterable[Part]) -> str:
    """The whole conversation as a page."""
    style = (PAGES / "static" / "transcript.css").read_text()
    return _templates.get_template("export.html").render(session=session, parts=parts, style=style)


def pretty(value: Mapping[str, object]) -> str:
    """A tool's input for a person: a single text as it is, anything else as indented JSON."""
    if len(value) == 1:
        (only,) = value.values()
        if isinstance(only, str):
            return only
    return msgspec.json.format(encode(value)).decode()


def ago(moment: str) -> str:
    """How long ago an ISO 8601 time is, such as `5 min`; the date when it is more than 60 days."""
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
"""The filters of the templates, by name."""

_templates = Environment(
    loader=FileSystemLoader(PAGES / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_templates.filters.update(FILTERS)
