"""A text of Claude, streamed as Markdown. Preview: `python -m tui.widgets.items.assistant_text`."""

from time import perf_counter, thread_time

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from tui.model import AssistantText
from tui.text.hints import Hint
from tui.text.markdown import Document, links
from tui.widgets.items.base import ItemView

MIN_PAUSE_SECONDS = 1 / 30
"""Minimum seconds between two updates."""
PAUSE_FACTOR = 4
"""The next update waits this many times as long as the last one took, which leaves time for keys.

The time is processor time; with clock time, a busy machine would slow streaming down more than needed.
"""
MAX_PAUSE_SECONDS = 0.5
KEY_PRIORITY_SECONDS = 0.04
"""Seconds after a key in which no update starts, so that the letter is drawn first."""
MAX_CHARACTERS = 700
"""Characters added in one update; the next updates add the rest."""
MAX_DELAYS = 4
"""Most updates in a row that keys may delay, so that the text also grows while the user types."""


class AssistantTextView(ItemView):
    """Accepts fragments at any rate and draws them at a rate that keeps the app responsive."""

    BINDINGS = [Binding("c", "copy_next_code", "Copy code"), Binding("o", "open_links", "Open link")]
    HELP = (
        "**y** copy as Markdown · **c** copy its code · **o** open its links · **↑ ↓** move · "
        "**Esc** back to the prompt"
    )

    class LinksRequested(Message):
        """The user wants to open one of the text's links."""

        def __init__(self, links: list[tuple[str, str]]) -> None:
            self.links = links
            """Text and address of each."""
            super().__init__()

    def __init__(self, item: AssistantText) -> None:
        super().__init__(item)
        self.item = item
        self._document = Document(item.text, can_copy=True)
        self._taken = len(item.text)
        """How many characters of the item's text are in the document."""
        self._timer: Timer | None = None
        self._free_at = 0.0
        self._delays = 0
        self._copied_codes = 0
        """How often `c` was pressed; it starts with the last block and goes back."""

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

    def append(self, fragment: str) -> None:
        """Schedules an update that shows the new text."""
        if self._timer is None:
            self._timer = self.set_timer(max(self._free_at - perf_counter(), 0.001), self._update)

    def show_change(self) -> None:
        """Shows the complete text, which replaces what was streamed if it differs."""
        self._take(len(self.item.text))
        if self._document.source != self.item.text:
            self._document, self._taken = Document(self.item.text, can_copy=True), len(self.item.text)
        if self.item.is_done:
            self._document.finish()
        self.relayout()

    def action_copy_code(self, number: int) -> None:
        code = self._document.code(number)
        if code is not None:
            self.post_message(self.CopyRequested(code, "Code copied"))

    def action_copy_next_code(self) -> None:
        """Copies a code block: the last one first, the previous one with each further press."""
        count = self._document.codes
        if count:
            number = count - 1 - self._copied_codes % count
            self._copied_codes += 1
            confirmation = f"Code block {number + 1} of {count} copied" if count > 1 else "Code copied"
            self.post_message(self.CopyRequested(self._document.code(number) or "", confirmation))

    def action_open_links(self) -> None:
        if found := links(self.item.text):
            self.post_message(self.LinksRequested(found))

    def _update(self) -> None:
        began = thread_time()
        wait = getattr(self.app, "last_key_at", 0.0) + KEY_PRIORITY_SECONDS - perf_counter()
        if wait > 0 and self._delays < MAX_DELAYS:
            self._delays += 1
            self._timer = self.set_timer(wait, self._update)
            return
        self._timer, self._delays = None, 0
        self._take(MAX_CHARACTERS)
        self.relayout_end()
        self.call_after_refresh(self._updated, began)

    def _updated(self, began: float) -> None:
        elapsed = thread_time() - began
        self._free_at = perf_counter() + min(max(MIN_PAUSE_SECONDS, elapsed * PAUSE_FACTOR), MAX_PAUSE_SECONDS)
        if self._taken < len(self.item.text) and self._timer is None:
            self.append("")

    def _take(self, count: int) -> None:
        """Moves up to this many characters into the document."""
        text = self.item.text[self._taken : self._taken + count]
        if text:
            self._document.append(text)
            self._taken += len(text)


def showcase() -> list[AssistantTextView]:
    """A heading, a list and code."""
    text = "# Hello\n\n- one\n- two\n\n```python\nx = 1\n```"
    return [AssistantTextView(AssistantText(key="a", message_id="m", text=text))]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
