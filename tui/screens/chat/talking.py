"""The session on the screen: opened, followed, shown; several of them as tabs."""

import asyncio

from textual import on, work
from textual.timer import Timer

from tui.errors import NotReachableError, RefusedError, TuiError
from tui.identity import Identity
from tui.model import Added, Change, Reset, Updated
from tui.screens.chat.frame import ChatFrame
from tui.session_controller import SessionController
from tui.widgets.activity import Activity
from tui.widgets.conversation_view import ConversationView
from tui.widgets.item_window import MANY
from tui.widgets.jump_to_end import JumpToEnd
from tui.widgets.tab_bar import TabBar

BEAT = 0.25
"""Seconds between two ticks while a turn runs; none tick while nothing runs."""


class Talking(ChatFrame):
    """Hands what happens in the open_sessions to the widgets."""

    _beat: Timer | None = None

    def take(self, identity: Identity) -> None:
        """Opens the conversation that the identity names, or a new one."""
        super().take(identity)
        self.open_sessions.new(self.identity.session_id)
        drafts = self.user_state.read("drafts", {})
        # A page keeps the draft of its own tab; what another tab is typing at this moment is not for this one.
        unnamed = "" if self.app.is_web else "new"
        self.session.draft = str(drafts.get(self.identity.session_id or unnamed, ""))
        self.outlook.status()  # before the first frame: the spare's says nobody's name
        self.outlook.tabs()
        self.open_active()

    async def on_unmount(self) -> None:
        if self.is_claimed:
            await self.open_sessions.close()
            await self.client.wire.close()

    @work(exclusive=True, group="open")
    async def open_active(self) -> None:
        await self._show_active()
        await self._drawn()
        while not await self._reach():  # noqa: ASYNC110  # another process' coming
            await asyncio.sleep(1.0)
        self.outlook.all()

    async def _drawn(self) -> None:
        """The first screen comes before the first request."""
        drawn = asyncio.Event()
        self.call_after_refresh(drawn.set)
        await drawn.wait()

    async def _reach(self) -> bool:
        """Opens the session on the screen; False while the server does not answer."""
        session = self.session
        try:
            self.health = await self.client.health()
            await session.open()
        except RefusedError as error:
            self.say(str(error), "error")
        except NotReachableError:
            session.lost_for = 1.0
            self.outlook.all()
            return False
        session.lost_for = None
        self.bridge.session(None if session.is_new else session.session_id)
        return True

    async def _show_active(self) -> None:
        self.editor.put(self.session.draft)  # first: what is typed from now on stays
        old, view = self.view, ConversationView(self.session.conversation)
        with self.app.batch_update():
            mounted = self.query_one("#conversation").mount(view, after=old)
            self.view = view  # before anything else happens: keys, clocks and events go to the one that stays
            await asyncio.shield(old.remove()())  # cancelled meanwhile, it would stay half removed
            await mounted
            await view.open()
        self.query_one(JumpToEnd).show(False, 0)
        self.outlook.all()

    def heard(self, session: SessionController, changes: tuple[Change, ...]) -> None:
        if not self._is_whole:
            return
        self.open_sessions.heard(session)
        if session.conversation is self.view.conversation:
            added = sum(isinstance(change, Added) for change in changes)
            if added > MANY or any(isinstance(change, Reset) for change in changes):
                self.run_worker(self.view.open(), group="view", exclusive=True)
            else:
                self.view.apply(changes)
        touched = {change.part for change in changes if isinstance(change, Updated)}
        self.outlook.after(session, touched, changes)
        self._keep_beating()

    def connected(self, session: SessionController) -> None:
        if self._is_whole and session is self.session:
            if session.gone:
                self.say(session.gone, "error")
            self.outlook.status()

    @property
    def _is_whole(self) -> bool:
        """Its widgets are there: not yet before it is mounted, and no longer while the app closes."""
        return self.is_mounted and self.app.is_running

    def _keep_beating(self) -> None:
        is_busy = self.session.conversation.running is not None
        if is_busy and self._beat is None:
            self._beat = self.set_interval(BEAT, self._tick)
        elif not is_busy and self._beat is not None:
            self._beat.stop()
            self._beat = None

    def _tick(self) -> None:
        self.view.tick()
        self.query_one(Activity).tick()

    def action_new(self) -> None:
        self.open_session(None)

    def open_session(self, session_id: str | None) -> None:
        """Shows a session in a tab of its own; None starts a new one."""
        self.open_sessions.new(session_id)
        self.open_active()

    async def action_close_tab(self) -> None:
        await self.open_sessions.close_active()
        self.open_active()

    def action_step_tab(self, step: int) -> None:
        self.open_sessions.step(step)
        self.open_active()

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        if message.number < 0:
            self.action_new()
        else:
            self.open_sessions.go(message.number)
            self.open_active()

    @on(JumpToEnd.Pressed)
    def _pill_pressed(self) -> None:
        self.view.to_end()
        self.editor.focus()

    @on(ConversationView.TopReached)
    def _top_reached(self) -> None:
        if self.session.has_older:
            self._ask_older()

    @work
    async def _ask_older(self) -> None:
        session = self.session
        try:
            count = await session.older()
        except TuiError:
            return  # the connection line says why; scrolling asks again
        if count and session.conversation is self.view.conversation:
            await self.view.grew_above(count)

    @on(ConversationView.Behind)
    def _behind(self, message: ConversationView.Behind) -> None:
        self.query_one(JumpToEnd).show(message.is_behind, message.count)
