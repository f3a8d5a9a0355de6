"""Prompts that wait for the running turn. Try it: `python -m tui.widgets.queue_list`."""

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message

from api.schema import TurnQueued
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

MOST = 4


class QueueList(Lines):
    """Each can be taken back into the editor, or away."""

    class TakeBack(Message):
        """This prompt belongs into the editor again."""

        def __init__(self, queued: TurnQueued) -> None:
            self.queued = queued
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="queue")
        self._queued: list[TurnQueued] = []
        self._outbox: list[str] = []
        self.display = False

    def show(self, queued: list[TurnQueued], outbox: Sequence[str] = ()) -> None:
        """Shows these prompts, the next one first, then those that are on their way to the server."""
        self._queued, self._outbox = queued, list(outbox)
        self.display = bool(queued or outbox)
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        lines = []
        for number, queued in enumerate(self._queued[:MOST]):
            hint = "  ↑ edit" if number == len(self._queued) - 1 else ""
            text = Content.assemble(("↳ ", "$primary"), (one_line(queued.prompt), "$muted"))
            lines.append(text.truncate(max(width - len(hint), 4), ellipsis=True) + Content.styled(hint, "$faint"))
        if len(self._queued) > MOST:
            lines.append(Content.styled(f"  … {len(self._queued) - MOST} more wait", "$faint"))
        for prompt in self._outbox:
            sending = Content.assemble(("↗ ", "$faint"), (one_line(prompt), "$muted italic"))
            lines.append(sending.truncate(max(width - 10, 4), ellipsis=True) + Content.styled("  sending…", "$faint"))
        return lines

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < min(len(self._queued), MOST):
            self.post_message(self.TakeBack(self._queued[offset.y]))


def showcase() -> list[QueueList]:
    """What `python -m` shows."""
    queue = QueueList()
    queue.show([TurnQueued(prompt="Then run the tests"), TurnQueued(prompt="And commit")], ["Then push"])
    return [queue]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
