"""The terminal app on a real api, driven by Textual's Pilot."""

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
from tui.model import AssistantText, Conversation, ToolCall
from tui.screens.chat import ChatScreen
from tui.settings import Settings
from tui.widgets.items.tool_card import ToolCard
from tui.widgets.requests import RequestDock

SECONDS = 60.0
"""Longer than anything takes, on the busiest machine."""


class Seat:
    """A person before the app."""

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
        """What stands on the screen."""
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

    async def until(self, holds: Callable[[], object], seconds: float = SECONDS) -> None:
        """Waits until it holds.

        Raises:
            AssertionError: it does not, in time; the message carries the screen.
        """
        deadline = monotonic() + seconds
        while not holds():
            if monotonic() > deadline:
                raise AssertionError(f"not in {seconds:.0f} s; the screen:\n{self.screen_text}")
            await self.pilot.pause(0.03)

    async def sees(self, text: str) -> None:
        """Waits until the text stands on the screen."""
        await self.until(lambda: text in self.screen_text)

    async def rests(self) -> None:
        """Waits until no turn runs."""
        await self.until(lambda: self.conversation.running is None)

    async def is_back(self) -> None:
        """Waits until nothing stands over the conversation."""
        await self.until(lambda: self.app.screen is self.chat)

    async def asks(self, prompt: str) -> None:
        """Sends a prompt and waits for the end of its turn."""
        ended = sum(item.key.startswith("ended") for item in self.conversation.items)
        await self.send(prompt)
        await self.until(lambda: sum(item.key.startswith("ended") for item in self.conversation.items) > ended)

    async def runs(self, command: str) -> None:
        """Has a command run, which Claude Code may or may not ask for."""
        before = len(self.calls())
        await self.send(f"demo:run {command}")
        await self.until(
            lambda: self.conversation.requests or (len(self.calls()) > before and self.conversation.running is None)
        )
        if self.conversation.requests:
            await self.is_asked("Claude wants to run a command")
            await self.pilot.press("y")
        await self.rests()

    async def clicks(self, text: str) -> None:
        """Clicks on the lowest place where the text stands."""
        await self.sees(text)
        lines = self.screen_text.splitlines()
        row = next(number for number in reversed(range(len(lines))) if text in lines[number])
        column = cell_len(lines[row].partition(text)[0])
        await self.pilot.click(offset=(column, row))

    async def is_asked(self, title: str) -> None:
        """Waits until a request with this title takes keys."""
        await self.sees(title)
        await self.until(lambda: (panel := self.chat.query_one(RequestDock).panel) and panel.choices.has_focus)

    async def focuses(self, widget: Widget) -> None:
        """Puts the focus on the widget."""
        widget.focus()
        await self.until(lambda: widget.has_focus)

    async def card(self) -> ToolCard:
        """The only call's card, once it is on the screen."""
        await self.until(lambda: self.chat.query(ToolCard))
        return self.chat.query_one(ToolCard)

    def said(self) -> list[str]:
        return [item.text for item in self.conversation.items if isinstance(item, AssistantText)]

    def calls(self) -> list[ToolCall]:
        return [item for item in self.conversation.items if isinstance(item, ToolCall)]


@asynccontextmanager
async def seat(
    api: Api,
    *,
    user: str | None = None,
    session_id: str | None = None,
    size: tuple[int, int] = (120, 40),
    state: Path | None = None,
    notice: str | None = None,
) -> AsyncIterator[Seat]:
    """The app for a person of its own, unless one is named."""
    folder = state or Path(tempfile.mkdtemp(prefix="tui-"))
    settings = Settings(socket=api.socket, state_dir=folder, workspace=api.workspace, demo=True)
    claim = Identity(user=user or f"{uuid.uuid4()}@example.com", session_id=session_id, notice=notice)
    app = create_app(settings, claim)
    try:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield Seat(app, pilot)
    finally:
        if state is None:
            shutil.rmtree(folder, ignore_errors=True)
