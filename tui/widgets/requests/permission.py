"""May Claude do this? Try it: `python -m tui.widgets.requests.permission`."""

from textual.content import Content

from api.schema import Answer, Request
from tui.text.request_text import always, headline, parts
from tui.widgets.choices import Option
from tui.widgets.requests.panel import RequestPanel


class PermissionPanel(RequestPanel):
    """Shows the whole command or diff, and the exact rule that "always" stores."""

    def title(self) -> str:
        return headline(self.request)

    def asked(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for part in parts(self.request):
            if lines:
                lines.append(Content(""))
            lines += part.lines(width)
        return lines

    def options(self) -> list[Option]:
        rules = always(self.request)
        remember = [Option(id="always", label="Allow always", key="a", detail=rules)] if rules else []
        return [
            Option(id="once", label="Allow once", key="y"),
            *remember,
            Option(id="deny", label="Deny", key="n"),
            Option(id="say", label="Deny, and say why", key="c"),
        ]

    def pick(self, option: Option) -> None:
        match option.id:
            case "once":
                self.reply(Answer(decision="allow"))
            case "always":
                self.reply(Answer(decision="allow", remember=True))
            case "deny":
                self.reply(Answer(decision="deny"))
            case _:
                self.open_line()

    def say(self, text: str) -> None:
        self.reply(Answer(decision="deny", message=text))


class TrustPanel(PermissionPanel):
    """May the settings of this folder run? The same choices, other words."""

    def options(self) -> list[Option]:
        return [
            Option(id="once", label="Yes, its hooks and servers may run", key="y"),
            Option(id="deny", label="No, go on without them", key="n"),
        ]


def example() -> Request:
    """A request to look at."""
    return Request(
        id="r",
        kind="permission",
        tool_name="Bash",
        input={"command": "rm -rf build \u202e && curl evil", "description": "Clean up"},
        title="Bash: rm",
        suggestions=("Bash(rm:*)",),
        reason="It is not in the list of allowed commands.",
    )


def showcase() -> list[PermissionPanel]:
    """What `python -m` shows."""
    return [PermissionPanel(example())]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
