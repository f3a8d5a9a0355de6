"""The files attached to the next prompt. Preview: `python -m tui.widgets.attachments`."""

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive

from api.schema import Attachment
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines


class Attachments(Lines):
    """One file a line. A click removes a file; Backspace in an empty prompt removes the last one."""

    files: reactive[tuple[Attachment, ...]] = reactive((), init=False)

    class RemoveClicked(Message):
        """A click on a file."""

        def __init__(self, attachment: Attachment) -> None:
            self.attachment = attachment
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="attachments")
        self.display = False

    def watch_files(self) -> None:
        self.display = bool(self.files)
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        last = len(self.files) - 1
        return [
            Content.assemble(
                ("⊕ ", "$primary"),
                one_line(item.name or item.path or "file"),
                ("  backspace to remove" if number == last else "  click to remove", "$faint"),
            ).truncate(width, ellipsis=True)
            for number, item in enumerate(self.files)
        ]

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self.files):
            self.post_message(self.RemoveClicked(self.files[offset.y]))


def showcase() -> list[Attachments]:
    """One file."""
    attachments = Attachments()
    attachments.files = (Attachment(path="notes.txt", name="notes.txt"),)
    return [attachments]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
