"""A streamed answer is drawn in parts and looks as if it had been drawn at once."""

import asyncio
import random
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from tests.support.events import ANSWER
from tui.app import create_app
from tui.identity import Identity
from tui.model import AssistantText, Conversation
from tui.settings import Settings
from tui.widgets.conversation_view import ConversationView
from tui.widgets.items.assistant_text import AssistantTextView


class OneAnswer(App[None]):
    """A conversation with one text."""

    CSS = """
    ConversationView { layout: stream; height: 1fr; }
    ItemView { height: auto; padding: 0 1; border-left: blank; }
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said = AssistantText(key="a", message_id="m", text=text)
        self._conversation = Conversation("s")
        self._conversation.items.append(self.said)

    def compose(self) -> ComposeResult:
        yield ConversationView(self._conversation)

    async def on_mount(self) -> None:
        await self.query_one(ConversationView).open()

    @property
    def view(self) -> AssistantTextView:
        return self.query_one(AssistantTextView)

    @property
    def shown(self) -> list[str]:
        """The lines without the scrollbar."""
        return [strip.text[:-2].rstrip() for strip in self.screen._compositor.render_strips()]


async def _grown(pilot: Pilot[None], app: OneAnswer, text: str) -> None:
    app.said.text += text
    app.view.append(text)
    async with asyncio.timeout(20):
        while app.view._document.source != app.said.text:
            await pilot.pause(0.005)
    await pilot.pause()


@pytest.mark.parametrize("seed", range(2))
async def test_text_streamed_in_pieces_looks_like_the_complete_text(seed: int) -> None:
    chance = random.Random(seed)
    text = ANSWER.replace("$", "") + "\n\n" + "\n".join(f"- point {number} `x`" for number in range(30))
    pieces, at = [], 0
    while at < len(text):
        size = chance.randint(1, 160)
        pieces.append(text[at : at + size])
        at += size
    streamed = OneAnswer("")
    async with streamed.run_test(size=(70, 24)) as pilot:
        await pilot.pause()
        for piece in pieces:
            await _grown(pilot, streamed, piece)
            now = streamed.shown
            streamed.view.relayout()
            await pilot.pause()
            assert streamed.shown == now
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        narrow = streamed.shown
    whole = OneAnswer(text)
    async with whole.run_test(size=(50, 20)) as pilot:
        async with asyncio.timeout(20):
            while whole.shown != narrow:
                await pilot.pause(0.005)


async def test_lines_before_the_growing_end_are_not_drawn_again() -> None:
    app = OneAnswer("\n\n".join(f"paragraph {number}" for number in range(8)) + "\n\nThe end")
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.pause()
        drawn: list[int] = []
        render = app.view.render_line

        def note(y: int) -> Strip:
            drawn.append(y)
            return render(y)

        app.view.render_line = note  # type: ignore[method-assign]  # still draws
        await _grown(pilot, app, " comes\n\nlater")
        assert drawn
        assert min(drawn) == 16


def test_every_line_is_filtered_once() -> None:
    nowhere = Path("/nowhere")
    app = create_app(Settings(socket=nowhere, state_dir=nowhere, workspace=nowhere), Identity())
    (first,), (second,) = app.get_line_filters(), app.get_line_filters()
    assert first is second
