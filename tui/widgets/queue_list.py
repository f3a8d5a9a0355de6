"""The prompts that wait for the running turn. Preview: `python -m tui.widgets.queue_list`."""

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message

from api.schema import TurnQueued
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

MAX_SHOWN = 4


class QueueList(Lines):
    """One prompt a line, the next one first, then those that are still being sent."""

    class PromptClicked(Message):
        """A click on a queued prompt, which takes it back into the editor."""

        def __init__(self, queued: TurnQueued) -> None:
            self.queued = queued
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="queue")
        self._queued: list[TurnQueued] = []
        self._sending: list[str] = []
        self.display = False

    def show(self, queued: list[TurnQueued], sending: Sequence[str] = ()) -> None:
        """Shows these prompts; hides the list if there are none."""
        self._queued, self._sending = queued, list(sending)
        self.display = bool(queued or sending)
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        lines = []
        for number, queued in enumerate(self._queued[:MAX_SHOWN]):
            hint = "  ↑ edit" if number == len(self._queued) - 1 else ""
            text = Content.assemble(("↳ ", "$primary"), (one_line(queued.prompt), "$muted"))
            lines.append(text.truncate(max(width - len(hint), 4), ellipsis=True) + Content.styled(hint, "$faint"))
        if len(self._queued) > MAX_SHOWN:
            lines.append(Content.styled(f"  … {len(self._queued) - MAX_SHOWN} more", "$faint"))
        for prompt in self._sending:
            text = Content.assemble(("↗ ", "$faint"), (one_line(prompt), "$muted italic"))
            lines.append(text.truncate(max(width - 10, 4), ellipsis=True) + Content.styled("  sending…", "$faint"))
        return lines

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < min(len(self._queued), MAX_SHOWN):
            self.post_message(self.PromptClicked(self._queued[offset.y]))


def showcase() -> list[QueueList]:
    """Two queued prompts, and one that is being sent."""
    queue = QueueList()
    queue.show([TurnQueued(prompt="Then run the tests"), TurnQueued(prompt="And commit")], ["Then push"])
    return [queue]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
