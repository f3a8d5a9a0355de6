"""The list of completions above the prompt. Try it: `python -m tui.widgets.completions`."""

from textual.content import Content
from textual.events import Click
from textual.message import Message

from tui.model.completion import Choice, CompletionQuery
from tui.model.fuzzy import best
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

ROWS = 8
"""Choices in sight; the others are reached with Up and Down."""


class CompletionList(Lines):
    """Shows the choices; the prompt, which keeps the focus, moves the cursor."""

    class Chosen(Message):
        """A choice was clicked."""

        def __init__(self, choice: Choice) -> None:
            self.choice = choice
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="completions")
        self._choices: list[Choice] = []
        self._wanted: CompletionQuery | None = None
        self._cursor = 0
        self.display = False

    @property
    def chosen(self) -> Choice | None:
        """The choice under the cursor; None while the list is hidden."""
        return self._choices[self._cursor] if self.display else None

    def show(self, choices: list[Choice], wanted: CompletionQuery | None = None) -> None:
        """Shows these choices for what is wanted; none hides the list."""
        self._wanted = wanted
        if choices == self._choices and self.display == bool(choices):
            return
        self._choices, self._cursor = choices, 0
        self.display = bool(choices)
        self.relayout()

    def narrow(self, wanted: CompletionQuery | None) -> None:
        """Leaves what fits, where the list is still for what stood in the prompt some keys ago."""
        if wanted != self._wanted:
            query = wanted.query if wanted else None
            self.show([] if query is None else best(query, self._choices, key=lambda one: one.text[1:]), wanted)

    def move(self, step: int) -> None:
        self._cursor = (self._cursor + step) % max(len(self._choices), 1)
        self.relayout()

    @property
    def _first(self) -> int:
        """The first choice in sight."""
        return max(min(self._cursor - ROWS // 2, len(self._choices) - ROWS), 0)

    def lay_out(self, width: int) -> list[Content]:
        names = min(max((len(choice.label) for choice in self._choices), default=0), max(width // 2, 12), 44)
        lines = []
        shown = self._choices[self._first : self._first + ROWS]
        for number, choice in enumerate(shown, self._first):
            name = Content(one_line(choice.label)).truncate(names, ellipsis=True)
            detail = Content.styled(one_line(choice.detail), "$muted")
            pointer = Content.styled("▸ " if number == self._cursor else "  ", "$primary bold")
            line = pointer + name + Content(" " * (names - name.cell_length + 2)) + detail
            line = line.truncate(width, ellipsis=True)
            if number == self._cursor:
                line = (line + Content(" " * (width - line.cell_length))).stylize_before(
                    "bold on $block-cursor-background"
                )
            lines.append(line)
        return lines

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self._first < len(self._choices):
            self.post_message(self.Chosen(self._choices[offset.y + self._first]))


def showcase() -> list[CompletionList]:
    """What `python -m` shows."""
    completions = CompletionList()
    completions.show([Choice("/model", "/model", "choose the model"), Choice("/help", "/help", "keys and commands")])
    return [completions]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
