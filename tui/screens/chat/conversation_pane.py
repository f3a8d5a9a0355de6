"""The middle of the chat screen: the conversation of one session, or the welcome screen while it is empty."""

import asyncio
from contextlib import suppress

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container

from tui.browser_bridge import BrowserBridge
from tui.errors import TuiError
from tui.model import Added, Change, Conversation, Reset
from tui.screens.pick import PickScreen
from tui.session_controller import SessionController
from tui.widgets.choices import Option
from tui.widgets.conversation_view import ConversationView
from tui.widgets.item_window import MANY_ITEMS
from tui.widgets.items import ItemView
from tui.widgets.items.assistant_text import AssistantTextView
from tui.widgets.jump_to_end import JumpToEnd
from tui.widgets.welcome import Welcome, WelcomeFacts


class ConversationPane(Container):
    """Shows a session and loads older messages when the user scrolls up to the first one."""

    def __init__(self, bridge: BrowserBridge) -> None:
        super().__init__(id="conversation")
        self.view = ConversationView(Conversation(""))
        """The conversation on the screen; always a mounted widget."""
        self._bridge = bridge
        self._session: SessionController | None = None
        self._welcome = Welcome()
        self._welcome.display = False
        self._jump_to_end = JumpToEnd()

    def compose(self) -> ComposeResult:
        yield self._welcome
        yield self.view
        yield self._jump_to_end

    async def open(self, session: SessionController) -> None:
        """Shows another session."""
        self._session = session
        old, view = self.view, ConversationView(session.conversation)
        with self.app.batch_update():
            mounted = self.mount(view, after=old)
            self.view = view  # at once, so that keys, timers and events reach the new view
            await asyncio.shield(old.remove()())  # a cancelled removal would leave half a widget
            await mounted
            await view.open()
        self._jump_to_end.show(False, 0)

    def apply(self, session: SessionController, changes: tuple[Change, ...]) -> None:
        """Shows what has changed, if the session is the one on the screen."""
        if session.conversation is not self.view.conversation:
            return
        added = sum(isinstance(change, Added) for change in changes)
        if added > MANY_ITEMS or any(isinstance(change, Reset) for change in changes):
            self.run_worker(self.view.open(), group="view", exclusive=True)
        else:
            self.view.apply(changes)

    def add_notice(self, session: SessionController, text: str, level: str = "info") -> None:
        """Adds a notice of the app to the session's conversation."""
        self.apply(session, (session.conversation.notice(text, level),))
        self._show_welcome(False)

    def show_welcome(self, facts: WelcomeFacts, *, is_empty: bool) -> None:
        """Shows the welcome screen instead of the conversation while that is empty."""
        self._welcome.facts = facts
        self._show_welcome(is_empty)

    def _show_welcome(self, is_shown: bool) -> None:
        self.set_class(is_shown, "-empty")
        self._welcome.display = is_shown
        self.view.display = not is_shown

    async def load_older(self, session: SessionController) -> int:
        """Loads older messages, shows them, and returns the number of items added.

        Raises:
            TuiError: the server did not send them.
        """
        count = await session.load_older()
        if count and session.conversation is self.view.conversation:
            await self.view.add_above(count)
        return count

    def scroll_page(self, step: int) -> None:
        """Scrolls by a page, down for 1 and up for -1."""
        if step < 0:
            self.view.release_anchor()
            self.view.load_above()
        self.view.scroll_relative(y=step * max(self.view.size.height - 2, 1), animate=False)

    @on(ConversationView.TopReached)
    def _load_at_top(self) -> None:
        if self._session is not None and self._session.has_older:
            self._load_older(self._session)

    @work
    async def _load_older(self, session: SessionController) -> None:
        with suppress(TuiError):  # the status line shows that the connection is lost, and scrolling tries again
            await self.load_older(session)

    @on(ConversationView.FollowingChanged)
    def _show_jump_to_end(self, message: ConversationView.FollowingChanged) -> None:
        self._jump_to_end.show(message.is_behind, message.count)

    @on(JumpToEnd.Pressed)
    def _jump(self) -> None:
        self.view.to_end()

    @on(ItemView.CopyRequested)
    def _copy(self, message: ItemView.CopyRequested) -> None:
        self.app.copy_to_clipboard(message.text)
        self.notify(message.confirmation, timeout=1.5)

    @on(AssistantTextView.LinksRequested)
    def _open_links(self, message: AssistantTextView.LinksRequested) -> None:
        links = message.links
        if len(links) == 1:
            self._bridge.open_link(links[0][1])
            return
        options = [Option(id=address, label=words, detail=address) for words, address in links]
        self.app.push_screen(PickScreen("Open which link?", options), self._open_link)

    def _open_link(self, address: str | None) -> None:
        if address:
            self._bridge.open_link(address)
