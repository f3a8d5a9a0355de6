"""The editor for prompts. Preview: `python -m tui.widgets.prompt_editor`."""

import re

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tui.model.completion import Completion, CompletionQuery, completion_query
from tui.model.prompt_history import PromptHistory
from tui.widgets.completions import CompletionList

_NEW_LINE_KEYS = ("ctrl+j", "shift+enter", "alt+enter", "shift+\r")
BIG_PASTE_LINES = 12
BIG_PASTE_CHARACTERS = 1200
_CHIP = re.compile(r"\[Pasted text #(\d+)[^\]]*\]")


class Pastes:
    """Big pastes: the prompt shows a chip for each, which is replaced by the text when the prompt is sent."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

    def chip(self, text: str) -> str | None:
        """A chip for a big paste; None for one that is small enough to be shown."""
        lines = text.count("\n") + 1
        if lines <= BIG_PASTE_LINES and len(text) <= BIG_PASTE_CHARACTERS:
            return None
        number = len(self._texts) + 1
        self._texts[number] = text
        size = f"{lines} lines" if lines > 1 else f"{len(text):,} characters"
        return f"[Pasted text #{number}, {size}]"

    def expand(self, text: str) -> str:
        """The text with the pastes in place of their chips."""
        return _CHIP.sub(lambda match: self._texts.get(int(match[1]), match[0]), text)


class PromptEditor(TextArea):
    """Sends on Enter, completes after `/` and `@`, and goes through earlier prompts with Up and Down."""

    HELP = (
        "**Enter** send · **Alt+Enter**, **Ctrl+J** new line · **↑ ↓** earlier prompts · **/** commands · "
        "**@** files · **!** shell · **Tab** to the conversation"
    )

    class Submitted(Message):
        """The user sends a prompt."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Edited(Message):
        """The text has changed."""

        def __init__(self, query: CompletionQuery | None) -> None:
            self.query = query
            """The text to complete at the cursor, if there is one."""
            super().__init__()

    class TabPressed(Message):
        """Tab, when there is nothing to complete."""

    class HelpRequested(Message):
        """`?` in an empty prompt."""

    class QueuedPromptRequested(Message):
        """Up in an empty prompt while prompts are queued."""

    class DetachRequested(Message):
        """Backspace in an empty prompt."""

    def __init__(self, completions: CompletionList, prompt_history: PromptHistory | None = None) -> None:
        super().__init__(
            id="prompt",
            compact=True,
            soft_wrap=True,
            highlight_cursor_line=False,
            tab_behavior="focus",
            placeholder="Ask Claude anything",
        )
        self.prompt_history = prompt_history or PromptHistory()
        self.has_queue = False
        """Whether Up in an empty prompt asks for a queued prompt."""
        self.typed_at = 0.0
        """When the last key arrived, in the event loop's time."""
        self._completions = completions
        self._pastes = Pastes()

    async def _on_key(self, event: events.Key) -> None:
        self.typed_at = self.app._loop.time() if self.app._loop else 0.0
        if self._handle(event.key):
            event.stop()
            event.prevent_default()

    def _handle(self, key: str) -> bool:
        """Handles a key; returns False for keys that are left to TextArea."""
        if self._completions.display and self._handle_completion(key):
            return True
        if key in _NEW_LINE_KEYS:
            self.insert("\n")
        elif key == "enter":
            self.send()
        elif key == "tab":
            self.post_message(self.TabPressed())
        elif key == "question_mark" and not self.text:
            self.post_message(self.HelpRequested())
        elif key == "backspace" and not self.text:
            self.post_message(self.DetachRequested())
        elif key == "up" and self.has_queue and not self.text:
            self.post_message(self.QueuedPromptRequested())
        elif key == "up" and self._is_at_edge(up=True):
            self._recall(self.prompt_history.back(self.text))
        elif key == "down" and self._is_at_edge(up=False):
            self._recall(self.prompt_history.forward())
        else:
            return False
        return True

    def _handle_completion(self, key: str) -> bool:
        if key in ("tab", "enter"):  # the list may belong to an earlier text
            self._completions.narrow(completion_query(self.before_cursor))
        highlighted = self._completions.highlighted
        if key in ("up", "down"):
            self._completions.move(-1 if key == "up" else 1)
        elif key == "escape":
            self._completions.show([])
        elif highlighted is not None and (
            key == "tab" or (key == "enter" and highlighted.text.strip() != self.text.strip())
        ):
            self.complete(highlighted)
        else:
            return False
        return True

    def complete(self, completion: Completion) -> None:
        """Replaces the typed part with the completion."""
        query = completion_query(self.before_cursor)
        if query is None:
            return
        row, column = self.cursor_location
        start = (row, column - (len(self.before_cursor) - query.start))
        self.replace(completion.text + ("" if completion.is_folder else " "), start, self.cursor_location)
        if not completion.is_folder:
            self._completions.show([])

    @property
    def before_cursor(self) -> str:
        return self.document.get_text_range((0, 0), self.cursor_location)

    def put(self, text: str) -> None:
        """Replaces the whole text and moves the cursor to the end; Undo restores the old text."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def on_text_area_changed(self) -> None:
        self.set_class(self.text.startswith("!"), "-shell")
        self.post_message(self.Edited(completion_query(self.before_cursor)))

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")  # terminals paste line ends as \r
        done = self.replace(self._pastes.chip(text) or text, *sorted(self.selection), maintain_selection_offset=False)
        self.move_cursor(done.end_location)

    def send_text(self, text: str) -> None:
        """Sends a prompt that was written elsewhere; the text in the editor stays."""
        if text.strip():
            self.prompt_history.add(text)
            self.post_message(self.Submitted(text.strip("\n")))

    def send(self) -> None:
        """Sends the prompt, unless it is empty; a backslash at its end becomes a new line instead."""
        text = self._pastes.expand(self.text)
        if not text.strip():
            return
        if self.text.endswith("\\") and self.cursor_location == self.document.end:
            row, column = self.cursor_location
            self.replace("\n", (row, column - 1), (row, column))
            return
        self.prompt_history.add(self.text if text == self.text else text)
        self.clear()
        self.typed_at = 0.0
        self._completions.show([])
        self.post_message(self.Submitted(text.strip("\n")))

    def _recall(self, prompt: str | None) -> None:
        if prompt is not None:
            self.put(prompt)
            self._completions.show([])

    def _is_at_edge(self, *, up: bool) -> bool:
        if self.prompt_history.is_browsing and self.cursor_location == self.document.end:
            return True
        return self.cursor_at_first_line if up else self.cursor_at_last_line


def showcase() -> list[TextArea | CompletionList]:
    """An empty prompt."""
    completions = CompletionList()
    return [completions, PromptEditor(completions)]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
