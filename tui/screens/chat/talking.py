"""The talk on the screen: opened, followed, shown; several of them as tabs."""

import asyncio

from textual import on, work
from textual.timer import Timer

from tui.claim import Claim
from tui.errors import NotReachableError, RefusedError, TuiError
from tui.model import Added, Change, Reset, Touched
from tui.screens.chat.frame import ChatFrame
from tui.talk import Talk
from tui.widgets.activity import Activity
from tui.widgets.conversation_view import ConversationView
from tui.widgets.item_window import MANY
from tui.widgets.pill import Pill
from tui.widgets.tab_bar import TabBar

BEAT = 0.25
"""Seconds between two ticks while a turn runs; none tick while nothing runs."""


class Talking(ChatFrame):
    """Hands what happens in the talks to the widgets."""

    _beat: Timer | None = None

    def take(self, claim: Claim) -> None:
        """Opens the conversation that the claim names, or a new one."""
        super().take(claim)
        self.talks.new(self.claim.session_id)
        drafts = self.memory.read("drafts", {})
        # A page keeps the draft of its own tab; what another tab is typing at this moment is not for this one.
        unnamed = "" if self.app.is_web else "new"
        self.talk.draft = str(drafts.get(self.claim.session_id or unnamed, ""))
        self.outlook.status()  # before the first frame: the spare's says nobody's name
        self.outlook.tabs()
        self.open_talk()

    async def on_unmount(self) -> None:
        if self.is_claimed:
            await self.talks.close()
            await self.client.wire.close()

    @work(exclusive=True, group="open")
    async def open_talk(self) -> None:
        await self._show_talk()
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
        """Opens the talk on the screen; False while the server does not answer."""
        talk = self.talk
        try:
            self.health = await self.client.health()
            await talk.open()
        except RefusedError as error:
            self.say(str(error), "error")
        except NotReachableError:
            talk.lost_for = 1.0
            self.outlook.all()
            return False
        talk.lost_for = None
        self.page.session(None if talk.is_new else talk.session_id)
        return True

    async def _show_talk(self) -> None:
        self.editor.put(self.talk.draft)  # first: what is typed from now on stays
        old, view = self.view, ConversationView(self.talk.conversation)
        with self.app.batch_update():
            mounted = self.query_one("#talk").mount(view, after=old)
            self.view = view  # before anything else happens: keys, clocks and events go to the one that stays
            await asyncio.shield(old.remove()())  # cancelled meanwhile, it would stay half removed
            await mounted
            await view.open()
        self.query_one(Pill).show(False, 0)
        self.outlook.all()

    def heard(self, talk: Talk, changes: tuple[Change, ...]) -> None:
        if not self._is_whole:
            return
        self.talks.heard(talk)
        if talk.conversation is self.view.conversation:
            added = sum(isinstance(change, Added) for change in changes)
            if added > MANY or any(isinstance(change, Reset) for change in changes):
                self.run_worker(self.view.open(), group="view", exclusive=True)
            else:
                self.view.apply(changes)
        touched = {change.part for change in changes if isinstance(change, Touched)}
        self.outlook.after(talk, touched, changes)
        self._keep_beating()

    def connected(self, talk: Talk) -> None:
        if self._is_whole and talk is self.talk:
            if talk.gone:
                self.say(talk.gone, "error")
            self.outlook.status()

    @property
    def _is_whole(self) -> bool:
        """Its widgets are there: not yet before it is mounted, and no longer while the app closes."""
        return self.is_mounted and self.app.is_running

    def _keep_beating(self) -> None:
        is_busy = self.talk.conversation.running is not None
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
        self.talks.new(session_id)
        self.open_talk()

    async def action_close_tab(self) -> None:
        await self.talks.close_active()
        self.open_talk()

    def action_step_tab(self, step: int) -> None:
        self.talks.step(step)
        self.open_talk()

    @on(TabBar.Chosen)
    def _tab_chosen(self, message: TabBar.Chosen) -> None:
        if message.number < 0:
            self.action_new()
        else:
            self.talks.go(message.number)
            self.open_talk()

    @on(Pill.Pressed)
    def _pill_pressed(self) -> None:
        self.view.to_end()
        self.editor.focus()

    @on(ConversationView.TopReached)
    def _top_reached(self) -> None:
        if self.talk.has_older:
            self._ask_older()

    @work
    async def _ask_older(self) -> None:
        talk = self.talk
        try:
            count = await talk.older()
        except TuiError:
            return  # the connection line says why; scrolling asks again
        if count and talk.conversation is self.view.conversation:
            await self.view.grew_above(count)

    @on(ConversationView.Behind)
    def _behind(self, message: ConversationView.Behind) -> None:
        self.query_one(Pill).show(message.is_behind, message.count)
