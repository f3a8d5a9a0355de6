"""The editor a prompt is written in. Try it: `python -m tui.widgets.prompt_editor`."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tui.model.completion import Choice, CompletionQuery, completion_query
from tui.model.pasted import Pastes
from tui.model.prompt_history import PromptHistory
from tui.widgets.completions import CompletionList

_BREAKS = ("ctrl+j", "shift+enter", "alt+enter", "shift+\r")


class PromptEditor(TextArea):
    """Enter sends, Ctrl+J breaks the line; `/` and `@` ask for completions; Up and Down walk the history."""

    HELP = (
        "**Enter** sends · **Alt+Enter**, **Ctrl+J** new line · **↑ ↓** earlier prompts · **/** commands · "
        "**@** files · **!** shell · **Tab** to the conversation"
    )

    class Sent(Message):
        """The person sends this."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Asked(Message):
        """What stands before the cursor could be completed; None: nothing."""

        def __init__(self, wanted: CompletionQuery | None) -> None:
            self.wanted = wanted
            super().__init__()

    class Tabbed(Message):
        """Tab, and nothing to complete."""

    class HelpAsked(Message):
        """`?` in an empty prompt."""

    class QueueAsked(Message):
        """Up in an empty prompt, before the history: the last queued prompt comes back."""

    class DetachAsked(Message):
        """Backspace in an empty prompt: the last file stays here."""

    def __init__(self, completions: CompletionList, history: PromptHistory | None = None) -> None:
        super().__init__(
            id="prompt",
            compact=True,
            soft_wrap=True,
            highlight_cursor_line=False,
            tab_behavior="focus",
            placeholder="Ask Claude anything",
        )
        self.history_of_prompts = history or PromptHistory()
        self.has_queue = False
        """A queued prompt can be taken back with Up."""
        self.typed_at = 0.0
        """When the last key arrived, in the event loop's time."""
        self._completions = completions
        self._pastes = Pastes()

    async def _on_key(self, event: events.Key) -> None:
        self.typed_at = self.app._loop.time() if self.app._loop else 0.0
        if self._handles(event.key):
            event.stop()
            event.prevent_default()

    def _handles(self, key: str) -> bool:
        """True when the key is ours; TextArea takes the others."""
        if self._completions.display and self._completes(key):
            return True
        if key in _BREAKS:
            self.insert("\n")
        elif key == "enter":
            self.send()
        elif key == "tab":
            self.post_message(self.Tabbed())
        elif key == "question_mark" and not self.text:
            self.post_message(self.HelpAsked())
        elif key == "backspace" and not self.text:
            self.post_message(self.DetachAsked())
        elif key == "up" and self.has_queue and not self.text:
            self.post_message(self.QueueAsked())
        elif key == "up" and self._is_at_edge(up=True):
            self._recall(self.history_of_prompts.back(self.text))
        elif key == "down" and self._is_at_edge(up=False):
            self._recall(self.history_of_prompts.forward())
        else:
            return False
        return True

    def _completes(self, key: str) -> bool:
        if key in ("tab", "enter"):  # who types fast is ahead of the list
            self._completions.narrow(completion_query(self.before_cursor))
        choice = self._completions.chosen
        if key in ("up", "down"):
            self._completions.move(-1 if key == "up" else 1)
        elif key == "escape":
            self._completions.show([])
        elif choice is not None and (key == "tab" or (key == "enter" and choice.text.strip() != self.text.strip())):
            self.complete(choice)
        else:
            return False
        return True

    def complete(self, choice: Choice) -> None:
        """Puts the choice in place of what was typed of it."""
        wanted = completion_query(self.before_cursor)
        if wanted is None:
            return
        row, column = self.cursor_location
        start = (row, column - (len(self.before_cursor) - wanted.start))
        self.replace(choice.text + ("" if choice.is_folder else " "), start, self.cursor_location)
        if not choice.is_folder:
            self._completions.show([])

    @property
    def before_cursor(self) -> str:
        return self.document.get_text_range((0, 0), self.cursor_location)

    def put(self, text: str) -> None:
        """Replaces everything, undoable; the cursor stands at the end."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def on_text_area_changed(self) -> None:
        self.set_class(self.text.startswith("!"), "-shell")
        self.post_message(self.Asked(completion_query(self.before_cursor)))

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")  # terminals end lines as the Enter key does
        done = self.replace(self._pastes.chip(text) or text, *sorted(self.selection), maintain_selection_offset=False)
        self.move_cursor(done.end_location)

    def take(self, text: str) -> None:
        """Sends a prompt that was written elsewhere; what stands here stays."""
        if text.strip():
            self.history_of_prompts.add(text)
            self.post_message(self.Sent(text.strip("\n")))

    def send(self) -> None:
        """Sends what stands here, unless it is nothing or ends with a backslash."""
        text = self._pastes.expand(self.text)
        if not text.strip():
            return
        # A backslash at the very end asks for another line, as in a shell.
        if self.text.endswith("\\") and self.cursor_location == self.document.end:
            row, column = self.cursor_location
            self.replace("\n", (row, column - 1), (row, column))
            return
        self.history_of_prompts.add(self.text if text == self.text else text)
        self.clear()
        self.typed_at = 0.0
        self._completions.show([])
        self.post_message(self.Sent(text.strip("\n")))

    def _recall(self, prompt: str | None) -> None:
        if prompt is not None:
            self.put(prompt)
            self._completions.show([])

    def _is_at_edge(self, *, up: bool) -> bool:
        if self.history_of_prompts.is_walking and self.cursor_location == self.document.end:
            return True
        return self.cursor_at_first_line if up else self.cursor_at_last_line


def showcase() -> list[TextArea | CompletionList]:
    """What `python -m` shows."""
    completions = CompletionList()
    return [completions, PromptEditor(completions)]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
