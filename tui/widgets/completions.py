"""The list of completions above the prompt. Preview: `python -m tui.widgets.completions`."""

from textual.content import Content
from textual.events import Click
from textual.message import Message

from tui.model.completion import Completion, CompletionQuery
from tui.model.fuzzy import best_matches
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

VISIBLE_ROWS = 8
"""Completions shown at once; Up and Down scroll to the others."""


class CompletionList(Lines):
    """Shows completions. The prompt keeps the focus and moves the highlight."""

    class CompletionClicked(Message):
        """A click on a completion."""

        def __init__(self, completion: Completion) -> None:
            self.completion = completion
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="completions")
        self._completions: list[Completion] = []
        self._query: CompletionQuery | None = None
        self._cursor = 0
        self.display = False

    @property
    def highlighted(self) -> Completion | None:
        """The completion under the cursor; None while the list is hidden."""
        return self._completions[self._cursor] if self.display else None

    def show(self, completions: list[Completion], query: CompletionQuery | None = None) -> None:
        """Shows the completions found for a query; hides the list if there are none."""
        self._query = query
        if completions == self._completions and self.display == bool(completions):
            return
        self._completions, self._cursor = completions, 0
        self.display = bool(completions)
        self.relayout()

    def narrow(self, query: CompletionQuery | None) -> None:
        """Removes the completions that do not match the query, if the list was found for another one."""
        if query == self._query:
            return
        if query is None:
            self.show([])
        else:
            self.show(best_matches(query.text, self._completions, key=lambda one: one.text[1:]), query)

    def move(self, step: int) -> None:
        """Moves the highlight; wraps around at the ends."""
        self._cursor = (self._cursor + step) % max(len(self._completions), 1)
        self.relayout()

    @property
    def _first(self) -> int:
        """The first completion shown."""
        return max(min(self._cursor - VISIBLE_ROWS // 2, len(self._completions) - VISIBLE_ROWS), 0)

    def lay_out(self, width: int) -> list[Content]:
        longest = max((len(completion.label) for completion in self._completions), default=0)
        column = min(longest, max(width // 2, 12), 44)
        lines = []
        shown = self._completions[self._first : self._first + VISIBLE_ROWS]
        for number, completion in enumerate(shown, self._first):
            is_here = number == self._cursor
            label = Content(one_line(completion.label)).truncate(column, ellipsis=True)
            detail = Content.styled(one_line(completion.detail), "$muted")
            pointer = Content.styled("▸ " if is_here else "  ", "$primary bold")
            line = pointer + label + Content(" " * (column - label.cell_length + 2)) + detail
            line = line.truncate(width, ellipsis=True)
            if is_here:
                line += Content(" " * (width - line.cell_length))
                line = line.stylize_before("bold on $block-cursor-background")
            lines.append(line)
        return lines

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self._first < len(self._completions):
            self.post_message(self.CompletionClicked(self._completions[offset.y + self._first]))


def showcase() -> list[CompletionList]:
    """Two commands."""
    completions = CompletionList()
    commands = {"/model": "choose the model", "/help": "keys and commands"}
    completions.show([Completion(name, name, detail) for name, detail in commands.items()])
    return [completions]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
