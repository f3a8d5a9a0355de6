"""Files that go with the next prompt. Try it: `python -m tui.widgets.attachments`."""

from textual.content import Content
from textual.events import Click
from textual.message import Message

from api.schema import Attachment
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines


class Attachments(Lines):
    """A line each; a click takes one away, Backspace in an empty prompt the last one."""

    class Removed(Message):
        """This one stays here."""

        def __init__(self, attachment: Attachment) -> None:
            self.attachment = attachment
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="attachments")
        self._attachments: list[Attachment] = []
        self.display = False

    def show(self, attachments: list[Attachment]) -> None:
        """Shows these files."""
        self._attachments = list(attachments)
        self.display = bool(attachments)
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        last = len(self._attachments) - 1
        return [
            Content.assemble(
                ("⊕ ", "$primary"),
                one_line(item.name or item.path or "file"),
                ("  backspace removes" if number == last else "  click removes", "$faint"),
            ).truncate(width, ellipsis=True)
            for number, item in enumerate(self._attachments)
        ]

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self._attachments):
            self.post_message(self.Removed(self._attachments[offset.y]))


def showcase() -> list[Attachments]:
    """What `python -m` shows."""
    files = Attachments()
    files.show([Attachment(path="notes.txt", name="notes.txt")])
    return [files]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
