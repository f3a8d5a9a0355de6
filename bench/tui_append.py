"""`python -m bench.tui_append`: what one more delta costs in a long open block, against Markdown.append."""

import asyncio
import sys
from collections.abc import Callable
from time import process_time

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Markdown

from api.schema import TextDelta, TurnStarted
from bench.result import Result, report
from bench.tui_parts import chat
from tests.support.events import stamped
from tui.widgets.items.assistant_text import AssistantTextView

BLOCKS = {
    "200-item list": "".join(f"- item {number} with `code` and **bold**\n" for number in range(200)),
    "200-row table": "| a | b |\n|---|---|\n" + "".join(f"| {number} | cell |\n" for number in range(200)),
    "500-line fence": "```python\n" + "".join(f"x{number} = call({number})  # why\n" for number in range(500)),
    "200-line paragraph": "".join(f"line {number} of a paragraph that goes on\n" for number in range(200)),
}
TIMES = 5
BUDGET = 60
PEER = "Textual's Markdown.append"


class Plain(App[None]):
    """The peer."""

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()


async def ours(block: str) -> float:
    """CPU milliseconds of one more delta, drawn."""
    async with chat() as (screen, pilot):
        pieces = [block, *(f"word{number} " for number in range(TIMES))]
        deltas = [TextDelta(turn_id="t", message_id="m", index=0, text=piece) for piece in pieces]
        started, first, *others = stamped([TurnStarted(turn_id="t", prompt="x"), *deltas])
        for event in (started, first):
            screen.session._handle_event(event)
        await _until(pilot, lambda: bool(screen.pane.view.query(AssistantTextView)))
        said = screen.pane.view.query_one(AssistantTextView)
        await _until(pilot, lambda: said._document.source == block)
        drawn = asyncio.Event()
        is_updated = said._updated

        def shown(began: float) -> None:
            is_updated(began)
            drawn.set()

        said._updated = shown  # type: ignore[method-assign]  # called once the delta is on the screen
        took = []
        for event in others:
            await pilot.pause(0.3)
            drawn.clear()
            began = process_time()
            screen.pane.view.apply(screen.session.conversation.apply(event))
            async with asyncio.timeout(60):
                await drawn.wait()
            took.append((process_time() - began) * 1000)
        return sorted(took)[len(took) // 2]


async def _until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """A long text is shown in many steps, with rests between them."""
    async with asyncio.timeout(120):
        while not holds():
            await pilot.pause(0.1)


async def peer(block: str) -> float:
    """The same for Markdown.append."""
    app = Plain()
    async with app.run_test(size=(120, 40)) as pilot:
        markdown = app.query_one(Markdown)
        await markdown.append(block)
        await pilot.pause()
        took = []
        for number in range(3):
            began = process_time()
            await markdown.append(f"word{number} ")
            await pilot.pause()
            took.append((process_time() - began) * 1000)
        return sorted(took)[1]


async def measure() -> list[Result]:
    """All blocks, both ways."""
    results = []
    for name, block in BLOCKS.items():
        results.append(
            Result(
                what=f"one delta, open {name}",
                ours=await ours(block),
                baseline=await peer(block),
                peer=PEER,
                budget=BUDGET,
            )
        )
    return results


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
