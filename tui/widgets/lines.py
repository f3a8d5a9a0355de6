"""The base of most widgets: styled lines, of which only those in view are drawn."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

Line = Content | Callable[[], Content]
"""A line, or a function that makes it when it comes into view."""


def made(line: Line) -> Content:
    """The line; calls its function if it has one."""
    return line if isinstance(line, Content) else line()


class Lines(Widget):
    """Calls `lay_out` once for each width and keeps the lines until `relayout`."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = []
        self._laid_out_width = -1
        self._is_growing = False
        """Whether the next change of size comes from `relayout_end`."""
        self._keeps_lines = False
        """Whether the current change of size leaves the drawn lines as they are."""

    def lay_out(self, width: int) -> Sequence[Line]:
        """Makes the lines for a width, none of them wider."""
        raise NotImplementedError

    def relayout(self) -> None:
        """Lays out and draws all lines again."""
        self._laid_out_width = -1
        self.refresh(layout=True)

    def relayout_end(self) -> None:
        """Lays out the lines again and draws only from the first one that is a new object."""
        width = self._laid_out_width
        if width < 1:
            self.relayout()
            return
        before, self._lines = self._lines, self.lay_out(width)
        pairs = enumerate(zip(before, self._lines, strict=False))
        shorter, longer = sorted((len(before), len(self._lines)))
        first = next((number for number, (old, new) in pairs if old is not new), shorter)
        if first < longer:
            self._is_growing = shorter != longer
            self.refresh(Region(0, first, width, longer - first), layout=self._is_growing)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        self._keeps_lines = self._is_growing and size.width == self.outer_size.width
        self._is_growing = False
        try:
            return super()._size_updated(size, virtual_size, container_size, layout)
        finally:
            self._keeps_lines = False

    def _set_dirty(self, *regions: Region) -> None:
        if regions or not self._keeps_lines:  # Textual would draw every line again when the height changes
            super()._set_dirty(*regions)

    def lines(self, width: int) -> Sequence[Line]:
        """The lines for a width."""
        if width != self._laid_out_width:
            self._lines = self.lay_out(max(width, 1))
            self._laid_out_width = width
        return self._lines

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        lines = self.lines(width)
        if y >= len(lines):
            return Strip.blank(width, self.visual_style.rich_style)
        line = made(lines[y])
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(y)) is not None:
            start, end = span
            style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(style, start, None if end == -1 else end)
        return self._strip(line, width).apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(made(line).plain.rstrip() for line in self._lines)), "\n"

    def _strip(self, line: Content, width: int) -> Strip:
        base = self.visual_style
        pieces = line.render(base, end="", parse_style=self._get_style)
        segments = [Segment(text, (base + style).rich_style) for text, style in pieces]
        return Strip(segments, line.cell_length).adjust_cell_length(width, base.rich_style)


class FunctionLines(Lines):
    """Lines made by a function of the width."""

    def __init__(self, lay_out: Callable[[int], Sequence[Line]], *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._make_lines = lay_out

    def lay_out(self, width: int) -> Sequence[Line]:
        return self._make_lines(width)
