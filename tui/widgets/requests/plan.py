"""Asks whether Claude may carry out a plan. Preview: `python -m tui.widgets.requests.plan`."""

from textual.content import Content

from api.schema import Answer, Request
from tui.text.markdown import Document
from tui.widgets.choices import Option
from tui.widgets.requests.panel import RequestPanel


class PlanPanel(RequestPanel):
    """Shows the plan as Markdown. Approving it sets the permission mode."""

    FIELD_PLACEHOLDER = "What should be different?"

    def __init__(self, request: Request) -> None:
        self._document = Document(str(request.input.get("plan") or request.title))
        super().__init__(request)

    def title(self) -> str:
        return "Claude has a plan"

    def lay_out_text(self, width: int) -> list[Content]:
        return self._document.lines(width)

    def options(self) -> list[Option]:
        return [
            Option(id="once", label="Approve", key="y", detail="asks before each edit"),
            Option(id="edits", label="Approve, and accept edits", key="a"),
            Option(id="deny", label="Keep planning", key="n"),
            Option(id="deny_with_reason", label="Keep planning, and say what is missing", key="c"),
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
                self.open_field()

    def answer_in_words(self, text: str) -> None:
        self.reply(Answer(decision="deny", message=text))


def showcase() -> list[PlanPanel]:
    """A plan of two steps."""
    plan = {"plan": "# Plan\n\n1. Read the tests\n2. **Fix** the bug\n"}
    return [PlanPanel(Request(id="p", kind="plan", tool_name="ExitPlanMode", input=plan, title="Plan"))]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
