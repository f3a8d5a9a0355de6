"""A prompt. Preview: `python -m tui.widgets.items.user_prompt`."""

from textual.content import Content

from tui.model import UserPrompt
from tui.text.sanitize import one_line, safe_content
from tui.widgets.items.base import ItemView

_MAX_LINES = 14
"""Lines of a folded prompt."""


class UserPromptView(ItemView):
    """Shows a prompt with its attachments, and folds a long one."""

    def __init__(self, item: UserPrompt) -> None:
        super().__init__(item)
        self.item = item

    @property
    def source(self) -> str:
        return self.item.text

    def lay_out(self, width: int) -> list[Content]:
        style = "$text-warning" if self.item.text.startswith("!") else ""
        lines = safe_content(self.item.text.strip("\n"), style).wrap(width)
        if len(lines) > _MAX_LINES and not self.is_open:
            hidden = len(lines) - _MAX_LINES + 2
            lines = [*lines[: _MAX_LINES - 2], Content.styled(f"… {hidden} more lines", "$muted")]
        for attachment in self.item.attachments:
            name = one_line(attachment.name or attachment.path or "attachment")
            lines.append(Content.styled(f"⊕ {name}", "$muted"))
        return lines

    def on_click(self) -> None:
        if self.is_open or self.content_size.height >= _MAX_LINES - 1:
            self.action_unfold()


def showcase() -> list[UserPromptView]:
    """A prompt with hidden characters."""
    return [UserPromptView(UserPrompt(key="a", text="Explain **this**\nin two lines \x1b[31m\u202e"))]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
