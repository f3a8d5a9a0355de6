"""The welcome screen: facts about the server, and prompts to try. Preview: `python -m tui.widgets.welcome`."""

from dataclasses import dataclass

from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.reactive import reactive

from tui.text.hints import clickable
from tui.text.markdown.blocks import EMPTY, indent
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

_LOGO = ("▄▀▀▀▀▄", "█ ▪▪ █", "▀▄▄▄▄▀")
_EXAMPLES = (
    "What is in this folder? Explain it like I am new here.",
    "Find a bug in this project and fix it.",
    "Write a small web page and tell me how to open it.",
)
_DEMO_EXAMPLES = ("demo:markdown", "demo:run ls -la", "demo:stream 200")
_DEMO = "The demo model answers with scripted text and needs no key. Set Claude credentials to use Claude."
_NO_CREDENTIALS = (
    "The server has no Claude credentials, so it cannot answer. Set CLAUDE_CODE_OAUTH_TOKEN (made by "
    "`claude setup-token`) or ANTHROPIC_API_KEY and restart it, or try it with DEMO=1."
)
_KEYS = (("enter", "send"), ("/", "commands"), ("@", "files"), ("!", "shell"), ("shift+tab", "mode"), ("?", "help"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeFacts:
    """The facts to know before the first prompt."""

    workspace: str = ""
    persistence: str = ""
    """How long files are kept."""
    model: str = ""
    mode: str = ""
    """What Claude does without asking."""
    is_demo: bool = False
    has_credentials: bool = True


class Welcome(Lines):
    """Shown while a new conversation is empty."""

    facts: reactive[WelcomeFacts] = reactive(WelcomeFacts(), init=False)

    class ExampleClicked(Message):
        """A click on a prompt to try."""

        def __init__(self, prompt: str) -> None:
            self.prompt = prompt
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="welcome")

    def watch_facts(self) -> None:
        self.relayout()

    def on_resize(self, event: Resize) -> None:
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        facts = self.facts
        is_tall = self.app.size.height >= 24
        lines = [*(Content.styled(row, "$primary") for row in _LOGO), EMPTY] if is_tall else []
        lines.append(Content.styled("Claude Code", "bold $primary"))
        if facts.is_demo:
            lines += Content.styled(_DEMO, "$text-warning").wrap(width)
        elif not facts.has_credentials:
            lines += Content.styled(_NO_CREDENTIALS, "$text-error").wrap(width)
        lines += [EMPTY, *self._facts(width), EMPTY, Content.styled("Try", "$muted")]
        for number, prompt in enumerate(self._examples):
            wrapped = indent(Content(prompt).wrap(width - 2), Content.styled("❯ ", "$primary"), Content("  "))
            lines += [clickable(line, "try_example", number) for line in wrapped]
        return [*lines, EMPTY, *_keys(width)] if is_tall else lines

    def _facts(self, width: int) -> list[Content]:
        facts = self.facts
        rows = [
            ("Files", one_line(facts.workspace)),
            ("", facts.persistence),
            ("Model", one_line(facts.model)),
            ("Mode", facts.mode),
        ]
        lines: list[Content] = []
        for name, text in rows:
            if text:
                wrapped = Content(text).wrap(max(width - 7, 8))
                lines += indent(wrapped, Content.styled(f"{name:<7}", "$muted"), Content(" " * 7))
        return lines

    @property
    def _examples(self) -> tuple[str, ...]:
        return _DEMO_EXAMPLES if self.facts.is_demo else _EXAMPLES

    def action_try_example(self, number: int) -> None:
        self.post_message(self.ExampleClicked(self._examples[number]))


def _keys(width: int) -> list[Content]:
    pairs = [Content.assemble((key, "$foreground"), (f" {what}", "$muted")) for key, what in _KEYS]
    return Content("   ").join(pairs).wrap(width)


def showcase() -> list[Welcome]:
    """The welcome screen of a server with credentials."""
    welcome = Welcome()
    welcome.facts = WelcomeFacts(workspace="/workspace", persistence="kept on this machine", model="claude-sonnet-5")
    return [welcome]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
