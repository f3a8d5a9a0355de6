"""A list of sessions, one a line. Preview: `python -m tui.widgets.session_list`."""

from textual.content import Content
from textual.events import Click
from textual.geometry import Region
from textual.message import Message

from api.schema import SessionInfo
from tui.model.clock import ago
from tui.text.sanitize import one_line
from tui.widgets.lines import Lines

_SIGNS = {
    "running": ("●", "$primary"),
    "waiting": ("◆", "$text-warning"),
    "idle": ("○", "$muted"),
    "parked": ("·", "$faint"),
}


class SessionList(Lines):
    """Has a cursor but never the focus, which stays in the search field."""

    class Highlighted(Message):
        """The cursor is on another session."""

        def __init__(self, session: SessionInfo, *, is_last: bool) -> None:
            self.session = session
            self.is_last = is_last
            """Whether it is the last one loaded."""
            super().__init__()

    class Clicked(Message):
        """A click on a session."""

        def __init__(self, session: SessionInfo) -> None:
            self.session = session
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="sessions")
        self._sessions: list[SessionInfo] = []
        self._cursor = 0

    @property
    def highlighted(self) -> SessionInfo | None:
        """The session under the cursor."""
        return self._sessions[self._cursor] if self._sessions else None

    def show(self, sessions: list[SessionInfo], *, append: bool = False) -> None:
        """Shows these sessions, in place of the others or after them."""
        self._sessions = [*self._sessions, *sessions] if append else sessions
        self._cursor = min(self._cursor, max(len(self._sessions) - 1, 0))
        self.relayout()
        self._report_cursor()

    def move(self, step: int) -> None:
        if self._sessions:
            self._cursor = min(max(self._cursor + step, 0), len(self._sessions) - 1)
            self.relayout()
            self._report_cursor()

    def _report_cursor(self) -> None:
        if self.highlighted is not None:
            is_last = self._cursor == len(self._sessions) - 1
            self.post_message(self.Highlighted(self.highlighted, is_last=is_last))
            self.call_after_refresh(self._scroll_to_cursor)

    def _scroll_to_cursor(self) -> None:
        self.scroll_to_region(Region(0, self._cursor - self._first, 1, 1), animate=False)

    @property
    def _first(self) -> int:
        """The first session shown, chosen so that the cursor is visible."""
        height = max(self.size.height, 1)
        return max(min(self._cursor - height // 2, len(self._sessions) - height), 0)

    def lay_out(self, width: int) -> list[Content]:
        height = max(self.size.height, 1)
        shown = self._sessions[self._first : self._first + height]
        return [self._line(session, number + self._first, width) for number, session in enumerate(shown)]

    def _line(self, session: SessionInfo, number: int, width: int) -> Content:
        sign, style = _SIGNS.get(session.state, ("·", "$faint"))
        right = ago(session.updated_at)
        cost = f"${session.cost_usd:.2f}  " if session.cost_usd >= 0.005 and width > 60 else ""
        pointer = ("▸" if number == self._cursor else " ", "$primary bold")
        left = Content.assemble(pointer, (f"{sign} ", style), one_line(session.title or "Untitled"))
        room = max(width - len(right) - len(cost) - 3, 8)
        left = left.truncate(room, ellipsis=True)
        gap = " " * max(width - left.cell_length - len(right) - len(cost) - 1, 1)
        line = (left + Content(gap) + Content.styled(f"{cost}{right} ", "$muted")).truncate(width)
        return line.stylize_before("on $block-cursor-background") if number == self._cursor else line

    def on_resize(self) -> None:
        self.relayout()

    def on_click(self, event: Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self._first < len(self._sessions):
            self.post_message(self.Clicked(self._sessions[offset.y + self._first]))


def showcase() -> list[SessionList]:
    """A running session and a parked one."""
    sessions = SessionList()
    sessions.show([example("a", "Fix the login", "running"), example("b", "Write docs", "parked")])
    return [sessions]


def example(name: str, title: str, state: str) -> SessionInfo:
    """A sample session."""
    return SessionInfo(
        id=name,
        title=title,
        state=state,  # type: ignore[arg-type]
        model=None,
        permission_mode="default",
        created_at="2026-11-23T10:00:00.000Z",
        updated_at="2026-11-23T10:00:00.000Z",
        cost_usd=0.12,
        num_turns=3,
        pending_requests=0,
        cwd="/workspace",
    )


if __name__ == "__main__":
    from tui.widgets.showcase import show

    show(showcase)
