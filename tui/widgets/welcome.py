"""The first screen: where files live, what is on, what to try. Try it: `python -m tui.widgets.welcome`."""

from dataclasses import dataclass

from textual.content import Content, Span
from textual.events import Resize
from textual.message import Message
from textual.style import Style

from tui.text.markdown.blocks import EMPTY, indent
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

_MARK = ("▄▀▀▀▀▄", "█ ▪▪ █", "▀▄▄▄▄▀")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    workspace: str = ""
    persists: str = ""
    """Whether files outlive the machine."""
    model: str = ""
    mode: str = ""
    """What Claude may do without asking."""
    is_demo: bool = False
    has_credentials: bool = True


_TRY = (
    "What is in this folder? Explain it like I am new here.",
    "Find a bug in this project and fix it.",
    "Write a small web page and tell me how to open it.",
)
_TRY_DEMO = ("demo:markdown", "demo:run ls -la", "demo:stream 200")


_NO_CREDENTIALS = (
    "The server has no Claude credentials, so nothing can be answered. Set CLAUDE_CODE_OAUTH_TOKEN (made by "
    "`claude setup-token`) or ANTHROPIC_API_KEY and start it again; DEMO=1 tries it without."
)


class Welcome(Lines):
    """Shown while a conversation is empty."""

    class Tried(Message):
        """This prompt, please."""

        def __init__(self, prompt: str) -> None:
            self.prompt = prompt
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="welcome")
        self._facts = Facts()

    def show(self, facts: Facts) -> None:
        """Shows these facts."""
        if facts != self._facts:
            self._facts = facts
            self.relayout()

    def on_resize(self, event: Resize) -> None:
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        facts = self._facts
        lines: list[Content] = []
        if self.app.size.height >= 24:
            lines += [Content.styled(row, "$primary") for row in _MARK]
            lines.append(EMPTY)
        lines.append(Content.styled("Claude Code", "bold $primary"))
        if facts.is_demo:
            words = "The demo model answers: scripted, free, no key. Set Claude credentials for the real one."
            lines += Content.styled(words, "$text-warning").wrap(width)
        elif not facts.has_credentials:
            lines += Content.styled(_NO_CREDENTIALS, "$text-error").wrap(width)
        lines.append(EMPTY)
        lines += self._facts_lines(width)
        lines += [EMPTY, Content.styled("Try", "$muted")]
        for number, prompt in enumerate(_TRY_DEMO if facts.is_demo else _TRY):
            lines += [
                self._trial(number, line)
                for line in indent(Content(prompt).wrap(width - 2), Content.styled("❯ ", "$primary"), Content("  "))
            ]
        lines += [EMPTY, *_keys(width)] if self.app.size.height >= 24 else []
        return lines

    def _facts_lines(self, width: int) -> list[Content]:
        facts = self._facts
        rows = [
            ("Files", one_line(facts.workspace)),
            ("", facts.persists),
            ("Model", one_line(facts.model)),
            ("Mode", facts.mode),
        ]
        return [
            line
            for name, text in rows
            if text
            for line in indent(
                Content(text).wrap(max(width - 7, 8)), Content.styled(f"{name:<7}", "$muted"), Content(" " * 7)
            )
        ]

    def _trial(self, number: int, line: Content) -> Content:
        click = Style.from_meta({"@click": ("try_it", (number,))})
        return line.add_spans([Span(0, len(line), click)])

    def action_try_it(self, number: int) -> None:
        self.post_message(self.Tried((_TRY_DEMO if self._facts.is_demo else _TRY)[number]))


def _keys(width: int) -> list[Content]:
    pairs = (("enter", "send"), ("/", "commands"), ("@", "files"), ("!", "shell"), ("shift+tab", "mode"), ("?", "help"))
    return (
        Content("   ")
        .join(Content.assemble((key, "$foreground"), (f" {what}", "$muted")) for key, what in pairs)
        .wrap(width)
    )


def showcase() -> list[Welcome]:
    """What `python -m` shows."""
    welcome = Welcome()
    welcome.show(Facts(workspace="/workspace", persists="kept on this machine", model="claude-sonnet-5"))
    return [welcome]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
