"""A short list to choose from with keys or the mouse. Preview: `python -m tui.widgets.choices`."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from tui.text.markdown.blocks import indent
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    id: str
    label: str
    key: str = ""
    detail: str = ""
    """Shown beside the label, or below it if it does not fit there."""
    is_marked: bool | None = None
    """Whether it is marked, in lists that allow several choices; None in others."""


class Choices(Lines, can_focus=True):
    """Ignores keys until it is armed, so that a user who is typing does not answer by accident."""

    class Picked(Message):
        """An option was chosen."""

        def __init__(self, option: Option) -> None:
            self.option = option
            super().__init__()

    class Highlighted(Message):
        """The cursor is on another option."""

        def __init__(self, option: Option) -> None:
            self.option = option
            super().__init__()

    class Toggled(Message):
        """Space on an option."""

        def __init__(self, option: Option) -> None:
            self.option = option
            super().__init__()

    class TypedEarly(Message):
        """A letter was typed before the list was armed; it was meant for another widget."""

        def __init__(self, character: str) -> None:
            self.character = character
            super().__init__()

    def __init__(self, options: list[Option]) -> None:
        super().__init__(classes="choices")
        self._options = options
        self._cursor = 0
        self._rows: list[int] = []
        """The number of the option on each line."""
        self._column = 0
        self.is_armed = True
        self.is_searched = False
        """Whether letters go to a search field, so that only the arrow keys move the cursor."""
        self.is_aligned = False
        """Whether details have a column of their own."""

    def __len__(self) -> int:
        return len(self._options)

    def __bool__(self) -> bool:
        return True

    @property
    def highlighted(self) -> Option:
        """The option under the cursor."""
        return self._options[self._cursor]

    def show(self, options: list[Option], cursor: int | None = None) -> None:
        """Shows other options, with the cursor on the given one or where it was."""
        self._options = options
        self._cursor = min(self._cursor if cursor is None else cursor, len(options) - 1)
        self.relayout()
        self.call_after_refresh(self._scroll_to_cursor)

    def lay_out(self, width: int) -> list[Content]:
        lines: list[Content] = []
        self._rows = []
        longest = max((len(one_line(option.label)) for option in self._options), default=0)
        details = max((len(one_line(option.detail)) for option in self._options), default=0)
        fits = longest + details + 6 <= width  # the pointer, the checkbox and the gap
        self._column = (longest if fits else min(longest, width // 3)) if self.is_aligned else 0
        for number, option in enumerate(self._options):
            is_here = number == self._cursor and self.has_focus
            for line in self._option(option, width, is_here):
                filled = line + Content(" " * max(width - line.cell_length, 0))
                lines.append(filled.stylize_before("on $block-cursor-background") if is_here else filled)
                self._rows.append(number)
        return lines

    def _option(self, option: Option, width: int, is_here: bool) -> list[Content]:
        checkbox = {True: "☑ ", False: "☐ ", None: ""}[option.is_marked]
        pointer = Content.styled("▸ " if is_here else "  ", "$primary bold")
        has_keys = any(other.key for other in self._options)
        key = Content.styled(f"{option.key:<3}" if has_keys else "", "$primary bold")
        head = pointer + key + Content(checkbox)
        label = Content.styled(one_line(option.label), "bold" if is_here else "")
        detail = Content.styled(one_line(option.detail), "$muted")
        padding = Content(" " * (max(self._column - label.cell_length, 0) + 2))
        line = head + label + (padding + detail if detail else Content())
        if self.is_searched or line.cell_length <= width:
            return [line.truncate(width, ellipsis=True)]
        room = max(width - head.cell_length, 1)
        return indent(label.wrap(room) + (detail.wrap(room) if detail else []), head, Content(" " * head.cell_length))

    def on_focus(self) -> None:
        self.relayout()
        self.post_message(self.Highlighted(self.highlighted))

    def on_blur(self) -> None:
        self.relayout()

    def on_key(self, event: events.Key) -> None:
        if not self.is_armed:
            event.stop()
            if event.is_printable and event.character:
                self.post_message(self.TypedEarly(event.character))
            return
        if self.is_searched and event.is_printable:
            return
        match event.key:
            case "up" | "k":
                self._move(-1)
            case "down" | "j":
                self._move(1)
            case "enter":
                self.post_message(self.Picked(self.highlighted))
            case "space":
                self.post_message(self.Toggled(self.highlighted))
            case key:
                found = next((option for option in self._options if option.key and option.key == key), None)
                if found is None:
                    return
                self.post_message(self.Picked(found))
        event.stop()

    def _move(self, step: int) -> None:
        self._cursor = (self._cursor + step) % len(self._options)
        self.relayout()
        self.call_after_refresh(self._scroll_to_cursor)
        self.post_message(self.Highlighted(self.highlighted))

    def _scroll_to_cursor(self) -> None:
        if self._cursor in self._rows:
            first = self._rows.index(self._cursor)
            region = Region(0, first, 1, self._rows.count(self._cursor)).translate(self.virtual_region.offset)
            if isinstance(self.parent, Widget):
                self.parent.scroll_to_region(region, animate=False)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self._rows):
            self._cursor = self._rows[offset.y]
            self.relayout()
            self.post_message(self.Picked(self.highlighted))


def showcase() -> list[Choices]:
    """Two options with keys."""
    return [Choices([Option(id="y", label="Allow once", key="y"), Option(id="n", label="Deny", key="n")])]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
