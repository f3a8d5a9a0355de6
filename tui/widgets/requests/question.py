"""Asks Claude's own questions, one after the other. Preview: `python -m tui.widgets.requests.question`."""

from textual import on
from textual.content import Content

from api.schema import Answer, Question, QuestionOption, Request
from tui.text.sanitize import one_line, safe_content
from tui.widgets.choices import Choices, Option
from tui.widgets.requests.panel import RequestPanel

_OTHER = "other"
_CONTINUE = "next"


class QuestionPanel(RequestPanel):
    """Accepts one option, several, or an answer in words. Backspace returns to the previous question."""

    BINDINGS = [("backspace", "previous", "Back")]
    HELP = (
        "**1-9**, **↑ ↓ Enter** choose · **Space** marks one of several · **Backspace** previous question · "
        "**c** your own answer"
    )
    FIELD_PLACEHOLDER = "Your own answer"

    def __init__(self, request: Request) -> None:
        self._at = 0
        self._answers: dict[str, str | list[str]] = {}
        self._marked: set[str] = set()
        self._preview = ""
        super().__init__(request)

    @property
    def _question(self) -> Question:
        return self.request.questions[self._at]

    def title(self) -> str:
        count = len(self.request.questions)
        header = one_line(self._question.header) or "Claude asks"
        return f"{header}  {self._at + 1} of {count}" if count > 1 else header

    def lay_out_text(self, width: int) -> list[Content]:
        lines = safe_content(self._question.question, "bold").wrap(width)
        if self._preview:
            lines += [Content(""), *safe_content(self._preview, "$muted").wrap(width)]
        return lines

    def options(self) -> list[Option]:
        is_multiple = self._question.multi_select
        options = [
            Option(
                id=option.label,
                label=option.label,
                key=str(number) if number < 10 else "",
                detail=option.description,
                is_marked=option.label in self._marked if is_multiple else None,
            )
            for number, option in enumerate(self._question.options, start=1)
        ]
        if is_multiple:
            options.append(Option(id=_CONTINUE, label=f"Continue with {len(self._marked) or 'none'}", key="g"))
        return [*options, Option(id=_OTHER, label="Something else…", key="c")]

    def pick(self, option: Option) -> None:
        if option.id == _OTHER:
            self.open_field()
        elif option.id == _CONTINUE:
            self._answer([choice.label for choice in self._question.options if choice.label in self._marked])
        elif self._question.multi_select:
            self._toggle(option)
        else:
            self._answer(option.id)

    def answer_in_words(self, text: str) -> None:
        self._answer([*sorted(self._marked), text] if self._question.multi_select else text)

    def _answer(self, answer: str | list[str]) -> None:
        self._answers[self._question.question] = answer
        if self._at + 1 < len(self.request.questions):
            self._go_to(self._at + 1)
        else:
            self.reply(Answer(decision="allow", answers=dict(self._answers)))

    def _go_to(self, at: int) -> None:
        self._at, self._marked, self._preview = at, set(), ""
        self.close_field()
        self.choices.show(self.options(), cursor=0)
        self.text.relayout()
        self.fit(self.app.size.height)

    def action_previous(self) -> None:
        if self._at:
            self._go_to(self._at - 1)

    def _toggle(self, option: Option) -> None:
        self._marked ^= {option.id}
        self.choices.show(self.options())

    @on(Choices.Toggled)
    def _toggled(self, message: Choices.Toggled) -> None:
        message.stop()
        self.pick(message.option)

    @on(Choices.Highlighted)
    def _show_preview(self, message: Choices.Highlighted) -> None:
        message.stop()
        found = next((option for option in self._question.options if option.label == message.option.id), None)
        preview = found.preview if found else ""
        if preview != self._preview:
            self._preview = preview
            self.text.relayout()


def example() -> Request:
    """Two questions."""
    options = (QuestionOption(label="Red", description="Warm and loud"), QuestionOption(label="Blue"))
    questions = (
        Question(question="Which colour?", header="Colour", options=options),
        Question(question="Which ones?", header="Several", options=options, multi_select=True),
    )
    return Request(id="q", kind="question", tool_name="AskUserQuestion", input={}, title="?", questions=questions)


def showcase() -> list[QuestionPanel]:
    """The first of two questions."""
    return [QuestionPanel(example())]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
