"""The list of a user's sessions: search, preview, open, rename, fork, delete."""

import asyncio
from collections.abc import Awaitable

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from api.schema import SessionInfo
from tui.client import Client
from tui.errors import TuiError
from tui.screens.pick import PickScreen
from tui.screens.rename import RenameScreen
from tui.text.hints import BACK, Hint, hint_line
from tui.widgets.choices import Option
from tui.widgets.session_list import SessionList
from tui.widgets.session_preview import SessionPreview

_PREVIEW_FROM = 96
"""Minimum width, in columns, for the preview."""
_ALL_HINTS_FROM = 60
_PREVIEW_SECONDS = 0.08
"""The cursor must rest this long before the preview is loaded."""
_HINTS = (
    Hint("enter", "open", "screen.open"),
    Hint("^R", "rename", "screen.rename"),
    Hint("^F", "fork", "screen.fork"),
    Hint("^D", "delete", "screen.delete"),
    BACK,
)


class SessionsScreen(ModalScreen[str | None]):
    """Returns the id of the session to open, or None if the user goes back."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Back"),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("ctrl+r", "rename", "Rename", priority=True),
        Binding("ctrl+f", "fork", "Fork", priority=True),
        Binding("ctrl+d,delete", "delete", "Delete", priority=True),
    ]

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client
        self._cursor: str | None = None
        """Where the next page of sessions starts; None if there is none."""
        # Kept as attributes: when an answer comes while the screen is being removed, a query would find nothing.
        self._search_field = Input(placeholder="Search in titles and prompts", compact=True, classes="search")
        self._note = Static("Loading…", classes="note", markup=False)
        self._list = SessionList()
        self._preview = SessionPreview()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -full") as dialog:
            dialog.border_title = Content("Sessions")
            yield self._search_field
            yield self._note
            with Horizontal():
                yield self._list
                with VerticalScroll(id="preview", can_focus=False):
                    yield self._preview

    def on_mount(self) -> None:
        self._search_field.focus()
        self._load_sessions("")

    def on_resize(self, event: Resize) -> None:
        width = event.size.width
        self.query_one("#preview").display = width >= _PREVIEW_FROM
        self.query_one(".dialog").border_subtitle = hint_line(_HINTS if width >= _ALL_HINTS_FROM else _HINTS[1:4])

    @work(exclusive=True, group="load")
    async def _load_sessions(self, search: str, *, more: bool = False) -> None:
        try:
            page = await self._client.sessions(search, self._cursor if more else None)
        except TuiError as error:
            self._show_note(str(error))
            return
        self._cursor = page.next_cursor
        self._list.show(list(page.sessions), append=more)
        if self._list.highlighted is None:
            self._preview.show(None, ())
            self._show_note("No matching sessions" if search else "No sessions yet.")
        else:
            self._show_note("")

    def _show_note(self, text: str) -> None:
        self._note.update(Content(text))
        self._note.display = bool(text)

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        self._load_sessions(message.value.strip())

    @on(Input.Submitted)
    def action_open(self) -> None:
        if self._list.highlighted:
            self.dismiss(self._list.highlighted.id)

    @on(SessionList.Clicked)
    def _open_clicked(self, message: SessionList.Clicked) -> None:
        self.dismiss(message.session.id)

    @on(SessionList.Highlighted)
    def _highlighted(self, message: SessionList.Highlighted) -> None:
        self._load_preview(message.session)
        if message.is_last and self._cursor:
            self._load_sessions(self._search_field.value.strip(), more=True)

    @work(exclusive=True, group="preview")
    async def _load_preview(self, session: SessionInfo) -> None:
        await asyncio.sleep(_PREVIEW_SECONDS)
        try:
            page = await self._client.messages(session.id, limit=12)
        except TuiError:
            page = None
        self._preview.show(session, page.messages if page else ())

    def action_move(self, step: int) -> None:
        self._list.move(step)

    @work(group="act")
    async def action_rename(self) -> None:
        session = self._list.highlighted
        if session is None:
            return
        title = await self.app.push_screen_wait(RenameScreen(session.title))
        if title:
            await self._run_and_reload(self._client.change(session.id, title=title))

    @work(group="act")
    async def action_fork(self) -> None:
        session = self._list.highlighted
        if session is None:
            return
        try:
            fork = await self._client.fork(session.id)
        except TuiError as error:
            self._show_note(str(error))
        else:
            self.dismiss(fork.id)

    @work(group="act")
    async def action_delete(self) -> None:
        session = self._list.highlighted
        if session is None:
            return
        options = [
            Option(id="keep", label="Keep it"),
            Option(id="delete", label="Delete it", detail="the conversation is lost; files stay"),
        ]
        title = Content(session.title).plain[:50]
        if await self.app.push_screen_wait(PickScreen(f"Delete “{title}”?", options)) == "delete":
            await self._run_and_reload(self._client.delete(session.id))

    async def _run_and_reload(self, operation: Awaitable[object]) -> None:
        try:
            await operation
        except TuiError as error:
            self._show_note(str(error))
        self._load_sessions(self._search_field.value.strip())
