"""One row above the prompt: what Claude is doing and for how long. Try it: `python -m tui.widgets.activity`."""

from textual.content import Content
from textual.events import Click
from textual.message import Message

from api.schema import TodoItem, TurnStarted
from tui.model import Conversation
from tui.model.clock import duration, seconds_between
from tui.text.sanitize import one_line
from tui.text.tools import heading_of
from tui.widgets.lines import Lines

_BEATS = "·✢✳✶✻✽✻✶✳✢"
STALLED = 20
"""Seconds without an event after which the row says so."""


class Activity(Lines):
    """Moves only while a turn runs; a click does what Esc does."""

    class Stopped(Message):
        """The person wants the turn to end."""

    def __init__(self) -> None:
        super().__init__(id="activity")
        self._conversation: Conversation | None = None
        self._beat = 0
        self._is_interrupting = False
        self.display = False

    def show(self, conversation: Conversation, *, is_interrupting: bool) -> None:
        """Shows the state of this conversation from now on."""
        self._conversation, self._is_interrupting = conversation, is_interrupting
        is_shown = conversation.running is not None
        if self.display != is_shown:
            self.display = is_shown
        self.relayout()

    def on_click(self, event: Click) -> None:
        if event.chain == 1:  # who clicks twice did not mean to ask twice
            self.post_message(self.Stopped())

    def tick(self) -> None:
        if self.display:
            self._beat += 1
            self._laid_out_width = -1
            self.refresh()

    def lay_out(self, width: int) -> list[Content]:
        if self._conversation is None or self._conversation.running is None:
            return []
        seconds = seconds_between(self._conversation.status.turn_began_at, None) or 0
        text, style, says_time = self._doing()
        line = Content.assemble(
            (f"{_BEATS[self._beat % len(_BEATS)]} ", "$primary bold"),
            (text, style),
            ("" if says_time else f"  {duration(seconds)}", "$muted"),
        )
        word = "esc again ends it at once" if self._is_interrupting else "esc stops it"
        hint = Content.styled(f"  ·  {word}", "$faint")
        if not self._conversation.requests and line.cell_length + hint.cell_length <= width:
            line += hint
        return [line.truncate(width, ellipsis=True)]

    def _doing(self) -> tuple[str, str, bool]:
        """What goes on, its style, and whether it tells a time itself."""
        conversation = self._conversation
        assert conversation is not None  # noqa: S101 - lay_out asked before
        if self._is_interrupting:
            return "Stopping…", "$text-warning", False
        if conversation.requests:
            return "Waiting for you", "$text-warning", False
        runs = conversation.tools.running
        silent = seconds_between(conversation.status.last_event_at, None) or 0
        if silent >= STALLED and not runs:  # a command may say nothing for hours
            return f"Nothing heard for {duration(silent)}", "$text-warning", True
        doing = next((todo.text for todo in conversation.todos if todo.status == "in_progress"), "")
        doing = doing or (f"Running {heading_of(runs[-1]).label}" if runs else "Working")
        return f"{one_line(doing)}…", "$foreground", False


def showcase() -> list[Activity]:
    """What `python -m` shows."""
    conversation = Conversation("s")
    conversation.running = TurnStarted(turn_id="t", prompt="Fix it")
    conversation.todos = (TodoItem(text="Running the tests", status="in_progress"),)
    activity = Activity()
    activity.show(conversation, is_interrupting=False)
    stopping = Activity()
    stopping.show(conversation, is_interrupting=True)
    return [activity, stopping]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
