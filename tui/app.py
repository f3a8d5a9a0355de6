"""The terminal app: who is claimed, which screens there are, how it looks."""

from textual.app import App
from textual.message import Message

from tui.browser import Page
from tui.claim import Claim
from tui.settings import Settings


class ClaudeApp(App[None]):
    """A Claude Code session on a screen."""

    class Claimed(Message):
        """A person took this app."""

        def __init__(self, claim: Claim) -> None:
            self.claimed = claim
            super().__init__()

    def __init__(self, settings: Settings, claim: Claim | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.page = Page(self)
        self._claim = claim

    def claim(self, *, user: str | None, session_id: str | None = None, notice: str | None = None) -> None:
        """Gives a spare app its person; safe from the driver's input thread. A second call changes nothing."""
        self.post_message(self.Claimed(Claim(user=user, session_id=session_id, notice=notice)))

    def on_mount(self) -> None:
        if self._claim is not None:
            self.open(self._claim)

    def on_claude_app_claimed(self, message: Claimed) -> None:
        if self._claim is None:
            self._claim = message.claimed
            self.open(message.claimed)

    def open(self, claim: Claim) -> None:
        """Shows the conversation that the claim names."""


def create_app(settings: Settings, claim: Claim | None = None) -> ClaudeApp:
    """The app; without a claim it stays blank until `claim()`."""
    return ClaudeApp(settings, claim)


__all__ = ["ClaudeApp", "create_app"]
