"""The conversation as one HTML file: no script, nothing loaded from anywhere, nothing in it but text."""

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from api.export.conversation import Part
from api.export.filters import FILTERS
from api.schema import SessionInfo

HERE = Path(__file__).parents[1] / "http"
_pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_pages.filters.update(FILTERS)


def as_html(session: SessionInfo, parts: Iterable[Part]) -> str:
    """The whole conversation as a page of its own."""
    style = (HERE / "static" / "transcript.css").read_text()
    return _pages.get_template("export.html").render(session=session, parts=parts, style=style)
