"""The todos of the running turn. Preview: `python -m tui.widgets.todo_list`."""

from textual.content import Content

from api.schema import TodoItem
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

_SIGNS = {
    "completed": ("✓", "$text-success", "$muted strike"),
    "in_progress": ("▸", "$primary bold", "bold"),
    "pending": ("○", "$faint", ""),
}


class TodoList(Lines):
    """Hidden when everything is done."""

    def __init__(self, *, id: str = "todos") -> None:
        super().__init__(id=id)
        self._items: tuple[TodoItem, ...] = ()
        self._room = 6
        self.display = False

    def show(self, items: tuple[TodoItem, ...], *, room: int) -> None:
        """Shows todos.

        Args:
            room: the most todos to show; 1 shows a single line without heading, 0 hides the list.
        """
        self._items, self._room = items, room
        self.display = room > 0 and any(item.status != "completed" for item in items)
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        done = sum(item.status == "completed" for item in self._items)
        if self._room == 1:
            return [self._single_line(done, width)]
        head = Content.assemble(("Todos", "bold"), (f"  {done} of {len(self._items)}", "$muted"))
        shown, before, after = self._window()
        lines = [head]
        if before:
            lines.append(Content.styled(f"  … {before} done", "$faint"))
        for item in shown:
            sign, sign_style, style = _SIGNS[item.status]
            text = Content.assemble((f"{sign} ", sign_style), (one_line(item.text), style))
            lines.append(text.truncate(width, ellipsis=True))
        if after:
            lines.append(Content.styled(f"  … {after} more", "$faint"))
        return lines

    def _single_line(self, done: int, width: int) -> Content:
        current = next((item for item in self._items if item.status == "in_progress"), None)
        current = current or next((item for item in self._items if item.status == "pending"), None)
        count = f"  {done} of {len(self._items)}"
        text = Content.assemble(("▸ ", "$primary bold"), one_line(current.text if current else ""))
        return text.truncate(max(width - len(count), 4), ellipsis=True) + Content.styled(count, "$muted")

    def _window(self) -> tuple[tuple[TodoItem, ...], int, int]:
        """The todos that fit, including the current one, and how many are hidden before and after."""
        if len(self._items) <= self._room:
            return self._items, 0, 0
        current = next((at for at, item in enumerate(self._items) if item.status != "completed"), 0)
        first = min(max(current - 1, 0), len(self._items) - self._room)
        return self._items[first : first + self._room], first, len(self._items) - first - self._room


def showcase() -> list[TodoList]:
    """One todo of each state."""
    todos = TodoList()
    items = (TodoItem(text="Read", status="completed"), TodoItem(text="Write", status="in_progress"))
    todos.show((*items, TodoItem(text="Test", status="pending")), room=6)
    return [todos]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
