"""Turns the inline part of a block into styled text: emphasis, code, links."""

import re
from typing import TYPE_CHECKING

from textual.content import Content, Span
from textual.style import Style

from tui.text.sanitize import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_STYLES = {"em_open": "italic", "strong_open": "bold", "s_open": "strike"}
_SPACES = re.compile(r"[ \t\n]+")


def inline(tokens: "Sequence[Token]") -> Content:
    """The styled text of the tokens, without Textual markup and control characters."""
    parts: list[str] = []
    spans: list[Span] = []
    opened: list[tuple[int, str | Style]] = []
    length = 0

    def add(text: str, style: str | Style = "") -> None:
        nonlocal length
        text = visible(text)
        parts.append(text)
        if style and text:
            spans.append(Span(length, length + len(text), style))
        length += len(text)

    for token in tokens:
        if token.type in ("hardbreak", "softbreak"):
            add("\n" if token.type == "hardbreak" else " ")
        elif token.type == "code_inline":
            add(token.content, "$code-inline on $code-background")
        elif token.type == "link_open":
            opened.append((length, link(str(token.attrs.get("href", "")))))
        elif token.type == "image":
            add(f"🖼 {token.content or 'image'}", link(str(token.attrs.get("src", ""))))
        elif token.type in _STYLES:
            opened.append((length, _STYLES[token.type]))
        elif token.type.endswith("_close") and opened:
            start, style = opened.pop()
            spans.append(Span(start, length, style))
        else:
            add(_SPACES.sub(" ", token.content))
    return Content("".join(parts), spans, strip_control_codes=False)


def link(address: str) -> Style:
    """How a link looks; a click asks the app to open it."""
    return Style(underline=True) + Style.from_meta({"@click": ("app.open_link", (address,))})
