"""A text of Claude's, streamed as Markdown. Try it: `python -m tui.widgets.items.assistant_text`."""

from time import perf_counter, thread_time

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from tui.model import AssistantText
from tui.text.hints import Hint
from tui.text.markdown import Document, links
from tui.widgets.items.base import ItemView

FASTEST = 1 / 30
"""Seconds between two flushes at the least."""
REST = 4
"""The next flush comes not before this many times the work of the last one, so that keys always find a gap.

Work is time on the processor: on a busy machine the clock would make us slower than we need to be.
"""
LONGEST_REST = 0.5
"""Seconds."""
KEY_FIRST = 0.04
"""Seconds after a key in which no flush begins: the letter is drawn first."""
MOST = 700
"""Characters in one flush; what is left follows in the next one."""
MOST_DELAYS = 4
"""Somebody who types without end still sees the answer grow."""


class AssistantTextView(ItemView):
    """Takes fragments as fast as they come and shows them as fast as it can."""

    BINDINGS = [Binding("c", "copy_next_code", "Copy code"), Binding("o", "open_links", "Open link")]
    HELP = (
        "**y** copies as source · **c** copies its code · **o** opens its links · **↑ ↓** walk · **Esc** to the prompt"
    )

    class LinksAsked(Message):
        """One of these is to be opened: each a text and an address."""

        def __init__(self, links: list[tuple[str, str]]) -> None:
            self.links = links
            super().__init__()

    def __init__(self, item: AssistantText) -> None:
        super().__init__(item)
        self.item = item
        self._document = Document(item.text, can_copy=True)
        self._taken = len(item.text)
        """Characters of the item's text that are in the document."""
        self._timer: Timer | None = None
        self._free_at = 0.0
        self._delays = 0
        self._next_code = 0
        """Counts back from the last one, which `c` copies first."""

    @property
    def hints(self) -> tuple[Hint, ...]:
        code = (Hint("c", "copy code"),) if self._document.code(0) is not None else ()
        link = (Hint("o", "open link"),) if "](" in self.item.text or "://" in self.item.text else ()
        return Hint("y", "copy"), *code, *link

    @property
    def source(self) -> str:
        return self.item.text

    def lay_out(self, width: int) -> list[Content]:
        return self._document.lines(width)

    def grow(self, fragment: str) -> None:
        """The item has more text than is shown; how much of it this fragment is does not matter."""
        if self._timer is None:
            self._timer = self.set_timer(max(self._free_at - perf_counter(), 0.001), self._flush)

    def show_change(self) -> None:
        """The whole text came: it replaces what was streamed, when it differs."""
        self._take(len(self.item.text))
        if self._document.source != self.item.text:
            self._document, self._taken = Document(self.item.text, can_copy=True), len(self.item.text)
        if self.item.is_done:
            self._document.finish()
        self.relayout()

    def action_copy_code(self, number: int) -> None:
        code = self._document.code(number)
        if code is not None:
            self.post_message(self.Copied(code, "code copied"))

    def action_copy_next_code(self) -> None:
        """Copies a code block, the last one first; each press goes on to the one before."""
        count = self._document.codes
        if count:
            number = count - 1 - self._next_code % count
            self._next_code += 1
            which = f"code block {number + 1} of {count} copied" if count > 1 else "code copied"
            self.post_message(self.Copied(self._document.code(number) or "", which))

    def action_open_links(self) -> None:
        if found := links(self.item.text):
            self.post_message(self.LinksAsked(found))

    def _flush(self) -> None:
        began = thread_time()
        wait = getattr(self.app, "last_key_at", 0.0) + KEY_FIRST - perf_counter()
        if wait > 0 and self._delays < MOST_DELAYS:
            self._delays += 1
            self._timer = self.set_timer(wait, self._flush)
            return
        self._timer, self._delays = None, 0
        self._take(MOST)
        self.relayout_end()
        self.call_after_refresh(self._shown, began)

    def _shown(self, began: float) -> None:
        took = thread_time() - began
        self._free_at = perf_counter() + min(max(FASTEST, took * REST), LONGEST_REST)
        if self._taken < len(self.item.text) and self._timer is None:
            self.grow("")

    def _take(self, most: int) -> None:
        """Moves so many characters into the document."""
        text = self.item.text[self._taken : self._taken + most]
        if text:
            self._document.append(text)
            self._taken += len(text)


def showcase() -> list[AssistantTextView]:
    """What `python -m` shows."""
    return [
        AssistantTextView(
            AssistantText(key="a", message_id="m", text="# Hello\n\n- one\n- two\n\n```python\nx = 1\n```")
        )
    ]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
