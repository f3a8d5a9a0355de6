"""Shall Claude go on with this plan? Try it: `python -m tui.widgets.requests.plan`."""

from textual.content import Content

from api.schema import Answer, Request
from tui.text.markdown import Document
from tui.widgets.choices import Option
from tui.widgets.requests.panel import RequestPanel


class PlanPanel(RequestPanel):
    """The plan as Markdown; approving may also let edits pass."""

    SAY_PLACEHOLDER = "What should be different?"

    def __init__(self, request: Request) -> None:
        self._document = Document(str(request.input.get("plan") or request.title))
        super().__init__(request)

    def title(self) -> str:
        return "Claude has a plan"

    def asked(self, width: int) -> list[Content]:
        return self._document.lines(width)

    def options(self) -> list[Option]:
        return [
            Option(id="once", label="Approve", key="y", detail="asks before each edit"),
            Option(id="edits", label="Approve, and accept edits", key="a"),
            Option(id="deny", label="Keep planning", key="n"),
            Option(id="say", label="Keep planning, and say what is missing", key="c"),
        ]

    def pick(self, option: Option) -> None:
        match option.id:
            case "once":
                self.reply(Answer(decision="allow"), mode="default")
            case "edits":
                self.reply(Answer(decision="allow"), mode="acceptEdits")
            case "deny":
                self.reply(Answer(decision="deny", message="Keep planning."))
            case _:
                self.open_line()

    def say(self, text: str) -> None:
        self.reply(Answer(decision="deny", message=text))


def showcase() -> list[PlanPanel]:
    """What `python -m` shows."""
    plan = {"plan": "# Plan\n\n1. Read the tests\n2. **Fix** the bug\n"}
    return [PlanPanel(Request(id="p", kind="plan", tool_name="ExitPlanMode", input=plan, title="Plan"))]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
