"""The base of all request panels: the text, the options, and a field for an answer in words."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from api.schema import Answer, Request
from tui.widgets.choices import Choices, Option
from tui.widgets.lines import FunctionLines

ARM_AFTER = 0.7
"""Seconds for which the panel ignores keys if it opened while the user was typing."""


class RequestPanel(Vertical):
    """An open request. A subclass lays out its text and defines the possible answers."""

    HELP: ClassVar[str] = "**y** allow · **a** always · **n** deny · **c** deny and say why · **↑ ↓ Enter** choose"
    FIELD_PLACEHOLDER: ClassVar[str] = "What should Claude do instead?"

    class Answered(Message):
        """The user answers the request."""

        def __init__(self, request: Request, answer: Answer, *, mode: str | None = None) -> None:
            self.request = request
            self.answer = answer
            self.mode = mode
            """The permission mode to continue in after a plan."""
            super().__init__()

    def __init__(self, request: Request) -> None:
        super().__init__(classes="request")
        self.request = request
        self.choices = Choices(self.options())
        self.text = FunctionLines(self.lay_out_text, classes="request-text")
        self._scroll = VerticalScroll(self.text, classes="request-scroll", can_focus=False)
        self._field = Input(placeholder=self.FIELD_PLACEHOLDER, classes="answer-field", compact=True)
        self._field.display = False

    def title(self) -> str:
        """The title of the frame."""
        raise NotImplementedError

    def lay_out_text(self, width: int) -> list[Content]:
        """The complete text of the request."""
        raise NotImplementedError

    def options(self) -> list[Option]:
        raise NotImplementedError

    def pick(self, option: Option) -> None:
        """Answers with an option, or opens the field for an answer in words."""
        raise NotImplementedError

    def answer_in_words(self, text: str) -> None:
        """Answers with the user's own words."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield self._scroll
        yield self.choices
        yield self._field

    def on_mount(self) -> None:
        self.fit(self.app.size.height)

    def fit(self, height: int) -> None:
        """Makes a long text scroll, so that the options fit on a screen of this many rows."""
        used_rows = 9 if height >= 32 else 5
        rows = len(self.choices.lines(max(self.app.size.width - 8, 10)))
        self._scroll.styles.max_height = max(height - used_rows - rows, 1)
        self.call_after_refresh(self._show_title)

    def _show_title(self) -> None:
        hint = "  PgDn for more" if self.size.width >= 60 else " ▾"
        more = hint if self._scroll.max_scroll_y else ""
        self.border_title = Content(self.title()) + Content.styled(more, "$muted not bold")

    def scroll_text(self, step: int) -> bool:
        """Scrolls the text by a page; returns False if all of it is in sight."""
        if not self._scroll.max_scroll_y:
            return False
        self._scroll.scroll_relative(y=step * max(self._scroll.size.height - 1, 1), animate=False)
        return True

    def arm(self, *, is_typing: bool) -> None:
        """Takes the focus and the keys; the keys a little later if the user is typing."""
        if is_typing:
            self.choices.is_armed = False
            self.set_timer(ARM_AFTER, self._arm)
        self.choices.focus()

    def _arm(self) -> None:
        self.choices.is_armed = True

    def reply(self, answer: Answer, *, mode: str | None = None) -> None:
        """Reports the answer."""
        self.post_message(self.Answered(self.request, answer, mode=mode))

    @property
    def is_field_open(self) -> bool:
        """Whether the user is writing an answer."""
        return self._field.has_focus

    def open_field(self) -> None:
        """Lets the user write an answer."""
        self._field.display = True
        self._field.focus()

    def close_field(self) -> None:
        self._field.display = False
        self.choices.focus()

    @on(Choices.Picked)
    def _picked(self, message: Choices.Picked) -> None:
        message.stop()
        self.pick(message.option)

    @on(Input.Submitted)
    def _field_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        if message.value.strip():
            self.answer_in_words(message.value.strip())
