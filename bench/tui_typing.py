"""`python -m bench.tui_typing`: from a key to its letter while an answer streams, against Markdown.append."""

import asyncio
import sys
from time import perf_counter

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, Markdown

from api.schema import TextDelta, TurnStarted
from bench.numbers import percentile
from bench.result import Result, report
from bench.tui_parts import chat
from tests.support.events import stamped

RATE = 200
"""Deltas a second."""
SECONDS = 6
KEY_EVERY = 0.1
BUDGET = 30
PEER = "Textual's Markdown.append"


def answer(count: int) -> list[str]:
    """A long answer in pieces: a list, a table, code."""
    lines = [f"- item {number} with `code` and **bold** text\n" for number in range(80)]
    lines += ["\n| a | b |\n|---|---|\n", *(f"| {number} | cell |\n" for number in range(40))]
    lines += ["\n```python\n", *(f"x{number} = call({number})  # why\n" for number in range(120)), "```\n\n"]
    text = "".join(lines) * 3
    size = max(len(text) // count, 1)
    return [text[at : at + size] for at in range(0, len(text), size)][:count]


async def ours() -> list[float]:
    """Milliseconds from a key to the screen that shows it."""
    async with chat() as (screen, pilot):
        pieces = answer(RATE * SECONDS)
        deltas = [TextDelta(turn_id="t", message_id="m", index=0, text=piece) for piece in pieces]
        events = iter(list(stamped([TurnStarted(turn_id="t", prompt="x"), *deltas])))
        screen.session._handle_event(next(events))
        editor = screen.editor

        def tell() -> None:
            for event in events:
                screen.session._handle_event(event)
                break

        return await _measure(pilot, tell, lambda: len(editor.text))


class Plain(App[None]):
    """The peer: an Input under a Markdown widget that takes every delta."""

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()
        yield Input()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).anchor()
        self.query_one(Input).focus()


async def peer() -> list[float]:
    """The same for plain Markdown.append."""
    app = Plain()
    async with app.run_test(size=(120, 40)) as pilot:
        pieces = iter(answer(RATE * SECONDS))
        stream = Markdown.get_stream(app.query_one(Markdown))
        field = app.query_one(Input)

        def tell() -> None:
            for piece in pieces:
                stream._pending.append(piece)
                stream._new_markup.set()
                break

        took = await _measure(pilot, tell, lambda: len(field.value))
        if stream._task is not None:
            stream._task.cancel()
        return took


async def _measure(pilot: Pilot[None], tell: object, typed: object) -> list[float]:
    assert callable(tell)
    assert callable(typed)
    took: list[float] = []
    ended = asyncio.Event()

    async def stream() -> None:
        began = perf_counter()
        for number in range(RATE * SECONDS):
            tell()
            await asyncio.sleep(max(began + (number + 1) / RATE - perf_counter(), 0))
        ended.set()

    streaming = asyncio.create_task(stream())
    app = pilot.app
    while not ended.is_set():
        await asyncio.sleep(KEY_EVERY)
        before, began = typed(), perf_counter()
        shown = asyncio.Event()
        app.simulate_key("a")
        while typed() == before:
            await asyncio.sleep(0.0005)
        app.call_after_refresh(shown.set)
        await shown.wait()
        took.append((perf_counter() - began) * 1000)
    await streaming
    return took


async def measure() -> list[Result]:
    """Both in one run."""
    mine, other = await ours(), await peer()
    return [
        Result(
            what=f"key to echo, p50, {RATE} deltas/s",
            ours=percentile(mine, 0.5),
            baseline=percentile(other, 0.5),
            peer=PEER,
        ),
        Result(
            what=f"key to echo, p95, {RATE} deltas/s",
            ours=percentile(mine, 0.95),
            baseline=percentile(other, 0.95),
            peer=PEER,
            budget=BUDGET,
        ),
        Result(what="key to echo, worst", ours=max(mine), baseline=max(other), peer=PEER),
    ]


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
