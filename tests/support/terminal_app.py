"""Runs the terminal app against a real api, driven by Textual's Pilot."""

import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widget import Widget

from tests.support.api import Api
from tui.app import ClaudeApp, create_app
from tui.identity import Identity
from tui.model import AssistantText, Conversation, ToolCall, TurnSummary
from tui.screens.chat import ChatScreen
from tui.settings import Settings
from tui.widgets.items.tool_card import ToolCard
from tui.widgets.requests import RequestDock

SECONDS = 60.0
"""Longer than anything takes on the slowest machine."""


class AppUser:
    """Does what a user of the app does, and reads what the app shows."""

    def __init__(self, app: ClaudeApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def chat(self) -> ChatScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, ChatScreen))

    @property
    def conversation(self) -> Conversation:
        return self.chat.session.conversation

    @property
    def screen_text(self) -> str:
        """The text on the screen."""
        lines = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text.rstrip() for strip in lines)

    async def type(self, text: str) -> None:
        """Types letter by letter."""
        keys = {" ": "space", "\n": "ctrl+j", "?": "question_mark", "/": "slash", "@": "at", "!": "exclamation_mark"}
        await self.pilot.press(*[keys.get(letter, letter) for letter in text])

    async def send(self, text: str) -> None:
        """Puts a prompt into the editor and presses Enter."""
        self.chat.editor.put(text)
        await self.pilot.press("enter")

    async def wait_until(self, condition: Callable[[], object], seconds: float = SECONDS) -> None:
        """Waits until the condition holds.

        Raises:
            AssertionError: it did not hold in time; the message contains the screen.
        """
        deadline = monotonic() + seconds
        while not condition():
            if monotonic() > deadline:
                raise AssertionError(f"not in {seconds:.0f} s; the screen:\n{self.screen_text}")
            await self.pilot.pause(0.03)

    async def see(self, text: str) -> None:
        """Waits until the text is on the screen."""
        await self.wait_until(lambda: text in self.screen_text)

    async def wait_until_idle(self) -> None:
        """Waits until no turn runs."""
        await self.wait_until(lambda: self.conversation.running is None)

    async def wait_for_chat(self) -> None:
        """Waits until no dialog is open."""
        await self.wait_until(lambda: self.app.screen is self.chat)

    async def run_turn(self, prompt: str) -> None:
        """Sends a prompt and waits for the end of its turn."""
        ended = self._count_ended_turns()
        await self.send(prompt)
        await self.wait_until(lambda: self._count_ended_turns() > ended)

    def _count_ended_turns(self) -> int:
        return sum(isinstance(item, TurnSummary) for item in self.conversation.items)

    async def run_command(self, command: str) -> None:
        """Lets Claude run a shell command, and allows it if Claude Code asks."""
        before = len(self.tool_calls())
        await self.send(f"demo:run {command}")
        now = self.conversation
        await self.wait_until(lambda: now.requests or (len(self.tool_calls()) > before and now.running is None))
        if self.conversation.requests:
            await self.wait_for_request("Claude wants to run a command")
            await self.pilot.press("y")
        await self.wait_until_idle()

    async def click(self, text: str) -> None:
        """Clicks on the lowest place that shows the text."""
        await self.see(text)
        lines = self.screen_text.splitlines()
        row = next(number for number in reversed(range(len(lines))) if text in lines[number])
        column = cell_len(lines[row].partition(text)[0])
        await self.pilot.click(offset=(column, row))

    async def wait_for_request(self, title: str) -> None:
        """Waits until a request with this title takes keys."""
        await self.see(title)
        await self.wait_until(lambda: (panel := self.chat.query_one(RequestDock).panel) and panel.choices.has_focus)

    async def focus(self, widget: Widget) -> None:
        """Focuses a widget."""
        widget.focus()
        await self.wait_until(lambda: widget.has_focus)

    async def tool_card(self) -> ToolCard:
        """Waits for the card of the only tool call."""
        await self.wait_until(lambda: self.chat.query(ToolCard))
        return self.chat.query_one(ToolCard)

    def answers(self) -> list[str]:
        return [item.text for item in self.conversation.items if isinstance(item, AssistantText)]

    def tool_calls(self) -> list[ToolCall]:
        return [item for item in self.conversation.items if isinstance(item, ToolCall)]


@asynccontextmanager
async def open_app(
    api: Api,
    *,
    user: str | None = None,
    session_id: str | None = None,
    size: tuple[int, int] = (120, 40),
    state: Path | None = None,
    notice: str | None = None,
) -> AsyncIterator[AppUser]:
    """Runs the app for a new user, unless one is named."""
    folder = state or Path(tempfile.mkdtemp(prefix="tui-"))
    settings = Settings(socket=api.socket, state_dir=folder, workspace=api.workspace, demo=True)
    identity = Identity(user=user or f"{uuid.uuid4()}@example.com", session_id=session_id, notice=notice)
    app = create_app(settings, identity)
    try:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield AppUser(app, pilot)
    finally:
        if state is None:
            shutil.rmtree(folder, ignore_errors=True)
