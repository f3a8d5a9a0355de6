"""The frame of every request: what is asked, the choices, a line to say more."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from api.schema import Answer, Request
from tui.widgets.choices import Choices, Option
from tui.widgets.lines import Lines

ARM_AFTER = 0.7
"""Seconds in which keys answer nothing when the panel opened while somebody typed."""


class Asked(Lines):
    """The request's own text; a subclass of the panel says how it is laid out."""

    def __init__(self, panel: "RequestPanel") -> None:
        super().__init__(classes="asked")
        self._panel = panel

    def lay_out(self, width: int) -> list[Content]:
        return self._panel.asked(width)


class RequestPanel(Vertical):
    """An open request. Attributes: the request; messages: its answer."""

    HELP: ClassVar[str] = "**y** allow · **a** always · **n** deny · **c** deny and say why · **↑ ↓ Enter** choose"
    SAY_PLACEHOLDER: ClassVar[str] = "What should Claude do instead?"

    class Answered(Message):
        """The person's answer."""

        def __init__(self, request: Request, answer: Answer, *, mode: str | None = None) -> None:
            self.request = request
            self.answer = answer
            self.mode = mode
            """The permission mode to go on in, for plans."""
            super().__init__()

    def __init__(self, request: Request) -> None:
        super().__init__(classes="request")
        self.request = request
        self.choices = Choices(self.options())

    def title(self) -> str:
        """What is asked, in the frame."""
        raise NotImplementedError

    def asked(self, width: int) -> list[Content]:
        """The whole of what is asked."""
        raise NotImplementedError

    def options(self) -> list[Option]:
        """What can be answered."""
        raise NotImplementedError

    def pick(self, option: Option) -> None:
        """Answers with this option, or asks for words."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Answers with the person's own words."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="asked-scroll", can_focus=False):
            yield Asked(self)
        yield self.choices
        line = Input(placeholder=self.SAY_PLACEHOLDER, classes="say", compact=True)
        line.display = False
        yield line

    def on_mount(self) -> None:
        self.fit(self.app.size.height)

    def fit(self, height: int) -> None:
        """Leaves room for the choices, however long the text is: it scrolls.

        Args:
            height: of the screen.
        """
        around = 9 if height >= 32 else 5
        rows = len(self.choices.lines(max(self.app.size.width - 8, 10)))
        self._text.styles.max_height = max(height - around - rows, 1)
        self.call_after_refresh(self._entitle)

    @property
    def _text(self) -> VerticalScroll:
        return self.query_one(".asked-scroll", VerticalScroll)

    def _entitle(self) -> None:
        """The frame says what is asked, and that there is more of it than fits."""
        words = "  PgDn reads on" if self.size.width >= 60 else " ▾"
        more = words if self._text.max_scroll_y else ""
        self.border_title = Content(self.title()) + Content.styled(more, "$muted not bold")

    def scroll_text(self, step: int) -> bool:
        """Scrolls the text by a page; False when all of it is in sight."""
        if not self._text.max_scroll_y:
            return False
        self._text.scroll_relative(y=step * max(self._text.size.height - 1, 1), animate=False)
        return True

    def arm(self, *, is_typing: bool) -> None:
        """Takes the keys, a little later when somebody types."""
        if is_typing:
            self.choices.is_armed = False
            self.set_timer(ARM_AFTER, self._arm)
        self.choices.focus()

    def _arm(self) -> None:
        self.choices.is_armed = True

    def reply(self, answer: Answer, *, mode: str | None = None) -> None:
        """Sends the answer up."""
        self.post_message(self.Answered(self.request, answer, mode=mode))

    def open_line(self) -> None:
        """Lets the person say something."""
        line = self.query_one(Input)
        line.display = True
        line.focus()

    @property
    def is_saying(self) -> bool:
        return self.query_one(Input).has_focus

    def close_line(self) -> None:
        line = self.query_one(Input)
        line.display = False
        self.choices.focus()

    @on(Choices.Picked)
    def _picked(self, message: Choices.Picked) -> None:
        message.stop()
        self.pick(message.option)

    @on(Input.Submitted)
    def _said(self, message: Input.Submitted) -> None:
        message.stop()
        if message.value.strip():
            self.say(message.value.strip())
