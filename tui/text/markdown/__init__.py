"""Markdown laid out as lines of styled text, without a widget for each block; see `document` for the streamed kind."""

from tui.text.markdown.blocks import Block, Code
from tui.text.markdown.document import Document
from tui.text.markdown.parse import links, parse

__all__ = ["Block", "Code", "Document", "links", "parse"]
