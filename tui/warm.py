"""Imports what is not light before it is needed."""

from pathlib import Path


def warm() -> None:
    """Markdown, code colours and the screens that most people open; the result is in Python's module cache."""
    from tui.client.wire import Wire
    from tui.screens import chat, pick, sessions, text  # noqa: F401
    from tui.text.highlighted import highlighted
    from tui.text.markdown import Document

    _ = Wire(Path("nowhere"), None).http
    highlighted("x = 1", "python")
    highlighted("ls", "bash")
    Document("# x").lines(80)
