"""The open conversations of one person, one of them on the screen."""

from collections.abc import Callable

from tui.client import Client
from tui.model import Change
from tui.session_controller import SessionController
from tui.widgets.tab_bar import Tab, TabState


class OpenSessions:
    """At least one, once the first is open."""

    def __init__(
        self,
        client: Client,
        *,
        on_changes: Callable[[SessionController, tuple[Change, ...]], None],
        on_connection: Callable[[SessionController], None],
    ) -> None:
        self.client = client
        self.all: list[SessionController] = []
        self._active = 0
        self._news: set[SessionController] = set()
        self._on_changes = on_changes
        self._on_connection = on_connection

    @property
    def active(self) -> SessionController:
        return self.all[self._active]

    def new(self, session_id: str | None = None) -> SessionController:
        """Adds a conversation and makes it the active one; an empty one gives its place."""
        known = next((session for session in self.all if session.session_id == session_id), None)
        if known is not None:
            return self.go(self.all.index(known))
        session = SessionController(
            self.client, session_id, on_changes=self._on_changes, on_connection=self._on_connection
        )
        if self.all and self.active.is_new and not self.active.conversation.items:
            session.draft, session.options = self.active.draft, self.active.options
            self.all[self._active] = session
        else:
            self.all.append(session)
            self._active = len(self.all) - 1
        return session

    def go(self, number: int) -> SessionController:
        """Makes this one active."""
        self._active = number % len(self.all)
        self._news.discard(self.active)
        return self.active

    def step(self, step: int) -> SessionController:
        """The next or the one before."""
        return self.go(self._active + step)

    async def close_active(self) -> SessionController:
        """Closes the tab, never the session; the last one gives way to an empty one."""
        session = self.all.pop(self._active)
        await session.close()
        if not self.all:
            return self.new()
        return self.go(min(self._active, len(self.all) - 1))

    async def close(self) -> None:
        """Stops following all of them."""
        for session in self.all:
            await session.close()

    def heard(self, session: SessionController) -> None:
        """Something happened in this one."""
        if session is not self.active:
            self._news.add(session)

    def tabs(self) -> list[Tab]:
        """What the tab bar shows."""
        return [Tab(session.conversation.title, self._state(session), session is self.active) for session in self.all]

    def _state(self, session: SessionController) -> TabState:
        if session.conversation.requests:
            return "needs_you"
        if session.conversation.running is not None:
            return "working"
        return "news" if session in self._news else "idle"
