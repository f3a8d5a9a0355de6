"""The text of a tool call: its heading, a note about its result, its body."""

from tui.text.tools.body import Body, body_of
from tui.text.tools.heading import Heading, heading_of, note_of

__all__ = ["Body", "Heading", "body_of", "heading_of", "note_of"]
