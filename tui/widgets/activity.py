"""The row above the prompt that says what Claude is doing. Preview: `python -m tui.widgets.activity`."""

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.timer import Timer

from api.schema import TodoItem, TurnStarted
from tui.model import Conversation
from tui.model.clock import duration, seconds_between
from tui.text.sanitize import one_line
from tui.text.tools import heading_of
from tui.widgets.lines import Lines

TICK_SECONDS = 0.25
"""Seconds between two frames of the spinner."""
STALLED_SECONDS = 20
"""Seconds without an event after which the row says so."""
_SPINNER = "·✢✳✶✻✽✻✶✳✢"


class Activity(Lines):
    """Shown while a turn runs. A click does what Esc does."""

    class StopClicked(Message):
        """A click: the turn should stop."""

    def __init__(self) -> None:
        super().__init__(id="activity")
        self._conversation: Conversation | None = None
        self._frame = 0
        self._is_interrupting = False
        self._timer: Timer | None = None
        self.display = False

    def show(self, conversation: Conversation, *, is_interrupting: bool) -> None:
        """Shows the state of a conversation."""
        self._conversation, self._is_interrupting = conversation, is_interrupting
        is_running = conversation.running is not None
        if self.display != is_running:
            self.display = is_running
        self.relayout()
        if is_running and self._timer is None and self.is_attached:
            self._timer = self.set_interval(TICK_SECONDS, self._tick)
        elif not is_running and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def on_click(self, event: Click) -> None:
        if event.chain == 1:  # the second click of a double click would end the process
            self.post_message(self.StopClicked())

    def _tick(self) -> None:
        if self.display:
            self._frame += 1
            self._laid_out_width = -1
            self.refresh()

    def lay_out(self, width: int) -> list[Content]:
        if self._conversation is None or self._conversation.running is None:
            return []
        seconds = seconds_between(self._conversation.status.turn_began_at, None) or 0
        text, style, has_time = self._current_activity(self._conversation)
        line = Content.assemble(
            (f"{_SPINNER[self._frame % len(_SPINNER)]} ", "$primary bold"),
            (text, style),
            ("" if has_time else f"  {duration(seconds)}", "$muted"),
        )
        hint = Content.styled(f"  ·  {'esc to force stop' if self._is_interrupting else 'esc to stop'}", "$faint")
        if not self._conversation.requests and line.cell_length + hint.cell_length <= width:
            line += hint
        return [line.truncate(width, ellipsis=True)]

    def _current_activity(self, conversation: Conversation) -> tuple[str, str, bool]:
        """What Claude is doing, the style, and whether the text already contains a time."""
        if self._is_interrupting:
            return "Stopping…", "$text-warning", False
        if conversation.requests:
            return "Waiting for you", "$text-warning", False
        calls = conversation.tools.running
        silent = seconds_between(conversation.status.last_event_at, None) or 0
        if silent >= STALLED_SECONDS and not calls:  # a command may be silent for hours
            return f"No response for {duration(silent)}", "$text-warning", True
        doing = next((todo.text for todo in conversation.todos if todo.status == "in_progress"), "")
        doing = doing or (f"Running {heading_of(calls[-1]).label}" if calls else "Working")
        return f"{one_line(doing)}…", "$foreground", False


def showcase() -> list[Activity]:
    """A turn that runs, and one that is being stopped."""
    conversation = Conversation("s")
    conversation.running = TurnStarted(turn_id="t", prompt="Fix it")
    conversation.todos = (TodoItem(text="Running the tests", status="in_progress"),)
    running, stopping = Activity(), Activity()
    running.show(conversation, is_interrupting=False)
    stopping.show(conversation, is_interrupting=True)
    return [running, stopping]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
