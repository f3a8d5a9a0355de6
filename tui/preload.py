"""Imports what is not light before it is needed, and takes all that out of the garbage collector's way."""

import gc
from pathlib import Path

GARBAGE = 20_000
"""New objects after which Python looks for garbage; its own 700 is a look several times in each frame."""


def preload() -> None:
    """Markdown, code colours and the screens that most people open; the result is in Python's module cache."""
    from rich.cells import cell_len

    from tui.client.transport import Transport
    from tui.screens import chat, pick, sessions, text_page  # noqa: F401
    from tui.text.highlight import highlight
    from tui.text.markdown import Document

    _ = Transport(Path("nowhere"), None).http
    highlight("x = 1", "python")
    highlight("ls", "bash")
    Document("# x").lines(80)
    cell_len("…")
    # A look at everything takes 90 ms, which whoever types then would feel. What is there now stays for good.
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)
