"""Lays out Markdown as lines of styled text instead of a widget for each block. `Document` is for streamed text."""

from tui.text.markdown.blocks import Block, Code
from tui.text.markdown.document import Document
from tui.text.markdown.parse import links, parse

__all__ = ["Block", "Code", "Document", "links", "parse"]
