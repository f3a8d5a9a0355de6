"""Claude's own questions: one choice, several, or free text. Try it: `python -m tui.widgets.requests.question`."""

from textual import on
from textual.content import Content

from api.schema import Answer, Question, QuestionOption, Request
from tui.text.sanitize import one_line, safe_content
from tui.widgets.choices import Choices, Option
from tui.widgets.requests.panel import Asked, RequestPanel

_OTHER = "other"
_NEXT = "next"


class QuestionPanel(RequestPanel):
    """One question after the other; Backspace goes back."""

    BINDINGS = [("backspace", "before", "Back")]
    HELP = "**1-9**, **↑ ↓ Enter** choose · **Space** marks one of several · **Backspace** back · **c** own words"
    SAY_PLACEHOLDER = "Your own answer"

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

    def asked(self, width: int) -> list[Content]:
        lines = safe_content(self._question.question, "bold").wrap(width)
        if self._preview:
            lines += [Content(""), *safe_content(self._preview, "$muted").wrap(width)]
        return lines

    def options(self) -> list[Option]:
        several = self._question.multi_select
        options = [
            Option(
                id=option.label,
                label=option.label,
                key=str(number) if number < 10 else "",
                detail=option.description,
                is_marked=option.label in self._marked if several else None,
            )
            for number, option in enumerate(self._question.options, start=1)
        ]
        if several:
            options.append(Option(id=_NEXT, label=f"Go on with {len(self._marked) or 'none'}", key="g"))
        return [*options, Option(id=_OTHER, label="Something else…", key="c")]

    def pick(self, option: Option) -> None:
        if option.id == _OTHER:
            self.open_line()
        elif option.id == _NEXT:
            self._answer([choice.label for choice in self._question.options if choice.label in self._marked])
        elif self._question.multi_select:
            self._mark(option)
        else:
            self._answer(option.id)

    def say(self, text: str) -> None:
        self._answer([*sorted(self._marked), text] if self._question.multi_select else text)

    def _answer(self, given: str | list[str]) -> None:
        self._answers[self._question.question] = given
        if self._at + 1 < len(self.request.questions):
            self._go(self._at + 1)
        else:
            self.reply(Answer(decision="allow", answers=dict(self._answers)))

    def _go(self, at: int) -> None:
        self._at, self._marked, self._preview = at, set(), ""
        self.close_line()
        self.choices.show(self.options(), cursor=0)
        self.query_one(Asked).relayout()
        self.fit(self.app.size.height)

    def action_before(self) -> None:
        if self._at:
            self._go(self._at - 1)

    def _mark(self, option: Option) -> None:
        self._marked ^= {option.id}
        self.choices.show(self.options())

    @on(Choices.Marked)
    def _space(self, message: Choices.Marked) -> None:
        message.stop()
        self.pick(message.option)

    @on(Choices.Pointed)
    def _pointed(self, message: Choices.Pointed) -> None:
        message.stop()
        found = next((option for option in self._question.options if option.label == message.option.id), None)
        preview = found.preview if found else ""
        if preview != self._preview:
            self._preview = preview
            self.query_one(Asked).relayout()


def example() -> Request:
    """A request to look at."""
    options = (QuestionOption(label="Red", description="Warm and loud"), QuestionOption(label="Blue"))
    questions = (
        Question(question="Which colour?", header="Colour", options=options),
        Question(question="Which ones?", header="Several", options=options, multi_select=True),
    )
    return Request(id="q", kind="question", tool_name="AskUserQuestion", input={}, title="?", questions=questions)


def showcase() -> list[QuestionPanel]:
    """What `python -m` shows."""
    return [QuestionPanel(example())]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
