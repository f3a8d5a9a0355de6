"""Exports a conversation as Markdown or as one HTML page."""

from api.export.conversation import Part, Text, Thinking, ToolCall, parts_of
from api.export.html import as_html
from api.export.markdown import as_markdown

__all__ = ["Part", "Text", "Thinking", "ToolCall", "as_html", "as_markdown", "parts_of"]
