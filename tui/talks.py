"""The open conversations of one person, one of them on the screen."""

from collections.abc import Callable

from tui.client import Client
from tui.model import Change
from tui.talk import Talk
from tui.widgets.tab_bar import Tab, TabState


class Talks:
    """At least one, once the first is open."""

    def __init__(
        self,
        client: Client,
        *,
        on_changes: Callable[[Talk, tuple[Change, ...]], None],
        on_connection: Callable[[Talk], None],
    ) -> None:
        self.client = client
        self.all: list[Talk] = []
        self._active = 0
        self._news: set[Talk] = set()
        self._on_changes = on_changes
        self._on_connection = on_connection

    @property
    def active(self) -> Talk:
        return self.all[self._active]

    def new(self, session_id: str | None = None) -> Talk:
        """Adds a conversation and makes it the active one; an empty one gives its place."""
        known = next((talk for talk in self.all if talk.session_id == session_id), None)
        if known is not None:
            return self.go(self.all.index(known))
        talk = Talk(self.client, session_id, on_changes=self._on_changes, on_connection=self._on_connection)
        if self.all and self.active.is_new and not self.active.conversation.items:
            talk.draft, talk.options = self.active.draft, self.active.options
            self.all[self._active] = talk
        else:
            self.all.append(talk)
            self._active = len(self.all) - 1
        return talk

    def go(self, number: int) -> Talk:
        """Makes this one active."""
        self._active = number % len(self.all)
        self._news.discard(self.active)
        return self.active

    def step(self, step: int) -> Talk:
        """The next or the one before."""
        return self.go(self._active + step)

    async def close_active(self) -> Talk:
        """Closes the tab, never the session; the last one gives way to an empty one."""
        talk = self.all.pop(self._active)
        await talk.close()
        if not self.all:
            return self.new()
        return self.go(min(self._active, len(self.all) - 1))

    async def close(self) -> None:
        """Stops following all of them."""
        for talk in self.all:
            await talk.close()

    def heard(self, talk: Talk) -> None:
        """Something happened in this one."""
        if talk is not self.active:
            self._news.add(talk)

    def tabs(self) -> list[Tab]:
        """What the tab bar shows."""
        return [Tab(talk.conversation.title, self._state(talk), talk is self.active) for talk in self.all]

    def _state(self, talk: Talk) -> TabState:
        if talk.conversation.requests:
            return "needs_you"
        if talk.conversation.running is not None:
            return "working"
        return "news" if talk in self._news else "idle"
