"""Every session of this person: search, preview, open, rename, fork, delete."""

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
"""Columns from which there is room for the preview."""


_HINTS = (
    Hint("enter", "open", "screen.open"),
    Hint("^R", "rename", "screen.rename"),
    Hint("^F", "fork", "screen.fork"),
    Hint("^D", "delete", "screen.delete"),
    BACK,
)


class SessionsScreen(ModalScreen[str | None]):
    """Gives the id of the session to open, or None."""

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
        # Held, not queried: an answer of the server may come when the screen is on its way out.
        self._search_line = Input(placeholder="Search in titles and prompts", compact=True, classes="search")
        self._note_line = Static("Loading…", classes="note", markup=False)
        self._list = SessionList()
        self._shown = SessionPreview()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -full") as dialog:
            dialog.border_title = Content("Sessions")
            yield self._search_line
            yield self._note_line
            with Horizontal():
                yield self._list
                with VerticalScroll(id="preview", can_focus=False):
                    yield self._shown

    def on_mount(self) -> None:
        self._search_line.focus()
        self._load("")

    def on_resize(self, event: Resize) -> None:
        self.query_one("#preview").display = event.size.width >= _PREVIEW_FROM
        self.query_one(".dialog").border_subtitle = hint_line(_HINTS if event.size.width >= 60 else _HINTS[1:4])

    @work(exclusive=True, group="load")
    async def _load(self, search: str, *, more: bool = False) -> None:
        try:
            page = await self._client.sessions(search, self._cursor if more else None)
        except TuiError as error:
            self._note(str(error))
            return
        self._cursor = page.next_cursor
        self._list.show(list(page.sessions), append=more)
        if self._list.pointed is None:
            self._shown.show(None, ())
        self._note("" if self._list.pointed else "No session fits." if search else "No sessions yet.")

    def _note(self, text: str) -> None:
        self._note_line.update(Content(text))
        self._note_line.display = bool(text)

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        self._load(message.value.strip())

    @on(Input.Submitted)
    def action_open(self) -> None:
        if self._list.pointed:
            self.dismiss(self._list.pointed.id)

    @on(SessionList.Opened)
    def _clicked(self, message: SessionList.Opened) -> None:
        self.dismiss(message.session.id)

    @on(SessionList.Pointed)
    def _pointed(self, message: SessionList.Pointed) -> None:
        self._preview(message.session)
        if message.is_last and self._cursor:
            self._load(self._search_line.value.strip(), more=True)

    @work(exclusive=True, group="preview")
    async def _preview(self, session: SessionInfo) -> None:
        from asyncio import sleep

        await sleep(0.08)  # walking through the list asks only for where it stops
        try:
            page = await self._client.messages(session.id, limit=12)
        except TuiError:
            page = None
        self._shown.show(session, page.messages if page else ())

    def action_move(self, step: int) -> None:
        self._list.move(step)

    @work(group="act")
    async def action_rename(self) -> None:
        session = self._list.pointed
        if session is None:
            return
        title = await self.app.push_screen_wait(RenameScreen(session.title))
        if title:
            await self._act(self._client.change(session.id, title=title))

    @work(group="act")
    async def action_fork(self) -> None:
        session = self._list.pointed
        if session is not None:
            try:
                fork = await self._client.fork(session.id)
            except TuiError as error:
                self._note(str(error))
            else:
                self.dismiss(fork.id)

    @work(group="act")
    async def action_delete(self) -> None:
        session = self._list.pointed
        if session is None:
            return
        options = [
            Option(id="keep", label="Keep it"),
            Option(id="delete", label="Delete it", detail="its conversation cannot come back; files stay"),
        ]
        title = Content(session.title).plain[:50]
        if await self.app.push_screen_wait(PickScreen(f"Delete “{title}”?", options)) == "delete":
            await self._act(self._client.delete(session.id))

    async def _act(self, doing: Awaitable[object]) -> None:
        try:
            await doing
        except TuiError as error:
            self._note(str(error))
        self._load(self._search_line.value.strip())
