"""Imports what is not light before it is needed, and takes all that out of the garbage collector's way."""

import gc
from pathlib import Path

GARBAGE = 20_000
"""New objects after which Python looks for garbage; its own 700 is a look several times in each frame."""


def warm() -> None:
    """Markdown, code colours and the screens that most people open; the result is in Python's module cache."""
    from rich.cells import cell_len

    from tui.client.wire import Wire
    from tui.screens import chat, pick, sessions, text  # noqa: F401
    from tui.text.highlighted import highlighted
    from tui.text.markdown import Document

    _ = Wire(Path("nowhere"), None).http
    highlighted("x = 1", "python")
    highlighted("ls", "bash")
    Document("# x").lines(80)
    cell_len("…")
    # A look at everything takes 90 ms, which whoever types then would feel. What is there now stays for good.
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)
