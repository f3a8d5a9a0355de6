"""What Claude means to do. Try it: `python -m tui.widgets.todo_list`."""

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
    """Beside the conversation when there is room, else above the prompt; gone when all is done."""

    def __init__(self, *, id: str = "todos") -> None:
        super().__init__(id=id)
        self._items: tuple[TodoItem, ...] = ()
        self._most = 6
        self.display = False

    def show(self, items: tuple[TodoItem, ...], *, room: int) -> None:
        """Shows these items, at most `room` of them; with room for one it is a single line, with none it is gone."""
        self._items, self._most = items, room
        self.display = room > 0 and any(item.status != "completed" for item in items)
        self.relayout()

    def lay_out(self, width: int) -> list[Content]:
        done = sum(item.status == "completed" for item in self._items)
        if self._most == 1:
            return [self._short(done, width)]
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

    def _short(self, done: int, width: int) -> Content:
        current = next((item for item in self._items if item.status == "in_progress"), None)
        current = current or next((item for item in self._items if item.status == "pending"), None)
        count = f"  {done} of {len(self._items)}"
        text = Content.assemble(("▸ ", "$primary bold"), one_line(current.text if current else ""))
        return text.truncate(max(width - len(count), 4), ellipsis=True) + Content.styled(count, "$muted")

    def _window(self) -> tuple[tuple[TodoItem, ...], int, int]:
        """What fits, with the item in progress in it."""
        if len(self._items) <= self._most:
            return self._items, 0, 0
        current = next((at for at, item in enumerate(self._items) if item.status != "completed"), 0)
        first = min(max(current - 1, 0), len(self._items) - self._most)
        return self._items[first : first + self._most], first, len(self._items) - first - self._most


def showcase() -> list[TodoList]:
    """What `python -m` shows."""
    todos = TodoList()
    items = (TodoItem(text="Read", status="completed"), TodoItem(text="Write", status="in_progress"))
    todos.show((*items, TodoItem(text="Test", status="pending")), room=6)
    return [todos]


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
