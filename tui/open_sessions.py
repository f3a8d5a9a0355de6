"""The sessions that a user has open as tabs, one of them on the screen."""

from tui.client import Client
from tui.session_controller import OnChanges, OnConnection, SessionController, StartTask
from tui.widgets.tab_bar import Tab, TabState


class OpenSessions:
    """The open sessions: none before the first `open`, at least one afterwards."""

    def __init__(
        self,
        client: Client,
        *,
        start_task: StartTask,
        on_changes: OnChanges,
        on_connection: OnConnection,
    ) -> None:
        self.all: list[SessionController] = []
        self._client = client
        self._active = 0
        self._unseen: set[SessionController] = set()
        """Sessions with changes since they were last on the screen."""
        self._start_task = start_task
        self._on_changes = on_changes
        self._on_connection = on_connection

    @property
    def active(self) -> SessionController:
        """The session on the screen."""
        return self.all[self._active]

    def open(self, session_id: str | None = None) -> SessionController:
        """Makes a session active: an open one, an existing one, or a new one if None.

        Replaces the active session if that is new and empty.
        """
        known = next((session for session in self.all if session.session_id == session_id), None)
        if known is not None:
            return self.activate(self.all.index(known))
        session = SessionController(
            self._client,
            session_id,
            start_task=self._start_task,
            on_changes=self._on_changes,
            on_connection=self._on_connection,
        )
        if self.all and self.active.is_new and not self.active.conversation.items:
            session.draft, session.options = self.active.draft, self.active.options
            self.all[self._active] = session
        else:
            self.all.append(session)
            self._active = len(self.all) - 1
        return session

    def activate(self, number: int) -> SessionController:
        """Makes the session with this number active; numbers wrap around."""
        self._active = number % len(self.all)
        self._unseen.discard(self.active)
        return self.active

    def step(self, step: int) -> SessionController:
        """Makes another session active, `step` tabs to the right."""
        return self.activate(self._active + step)

    async def close_active(self) -> SessionController:
        """Closes the active tab and returns the session that is active then; the closed session continues."""
        session = self.all.pop(self._active)
        await session.close()
        if not self.all:
            return self.open()
        return self.activate(min(self._active, len(self.all) - 1))

    async def close(self) -> None:
        """Stops following all sessions."""
        for session in self.all:
            await session.close()

    def mark_changed(self, session: SessionController) -> None:
        """Marks a session in the background as changed."""
        if session is not self.active:
            self._unseen.add(session)

    def tabs(self) -> tuple[Tab, ...]:
        """The tabs for the tab bar."""
        return tuple(
            Tab(session.conversation.title, self._state(session), session is self.active) for session in self.all
        )

    def _state(self, session: SessionController) -> TabState:
        if session.conversation.requests:
            return "needs_you"
        if session.conversation.running is not None:
            return "working"
        return "changed" if session in self._unseen else "idle"
