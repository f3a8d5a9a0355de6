"""Opens a session on the chat screen, and retries until the server answers."""

import asyncio
from collections.abc import Callable

from tui.browser_bridge import BrowserBridge
from tui.errors import NotReachableError, RefusedError
from tui.screens.chat.chrome_presenter import ChromePresenter
from tui.screens.chat.conversation_pane import ConversationPane
from tui.screens.chat.prompt_area import PromptArea
from tui.screens.chat.user_context import UserContext

RETRY_SECONDS = 1.0


class SessionOpener:
    """Shows a session before it contacts the server, so that a slow server does not delay the screen."""

    def __init__(
        self,
        *,
        bridge: BrowserBridge,
        pane: ConversationPane,
        prompt_area: PromptArea,
        presenter: ChromePresenter,
        call_after_refresh: Callable[[Callable[[], None]], object],
        is_shown: Callable[[], bool],
    ) -> None:
        """Stores the parts of the screen.

        Args:
            is_shown: whether the widgets exist; they may be gone when the server answers.
        """
        self._bridge = bridge
        self._pane = pane
        self._prompt_area = prompt_area
        self._presenter = presenter
        self._call_after_refresh = call_after_refresh
        self._is_shown = is_shown

    async def open(self, user: UserContext) -> None:
        """Opens the user's active session."""
        session = user.sessions.active
        self._prompt_area.open(session)  # first, so that nothing typed from now on is lost
        await self._pane.open(session)
        self._presenter.show_all(user)
        await self._wait_for_drawing()
        while not await self._follow(user):  # noqa: ASYNC110 - the server is another process
            await asyncio.sleep(RETRY_SECONDS)
        self._show_all(user)

    def _show_all(self, user: UserContext) -> None:
        if self._is_shown():
            self._presenter.show_all(user)

    async def _wait_for_drawing(self) -> None:
        drawn = asyncio.Event()
        self._call_after_refresh(drawn.set)
        await drawn.wait()

    async def _follow(self, user: UserContext) -> bool:
        """Returns False if the server does not answer."""
        session = user.sessions.active
        try:
            self._presenter.health = await user.client.health()
            await session.open()
        except RefusedError as error:
            if self._is_shown():
                self._pane.add_notice(session, str(error), "error")
        except NotReachableError:
            session.lost_for = RETRY_SECONDS
            self._show_all(user)
            return False
        session.lost_for = None
        self._bridge.set_session(None if session.is_new else session.session_id)
        return True
