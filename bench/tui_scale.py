"""`python -m bench.tui_scale`: focus among 5,000 widgets, 10,000 lines, idleness."""

import asyncio
import sys
from collections.abc import Iterator
from time import perf_counter, process_time

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from api.schema import Event, TurnStarted
from bench.result import Result, report
from bench.tui_parts import chat
from tests.support.events import assistant_text, call, finished, result, stamped
from tui.model import NoticeItem
from tui.screens.chat import ChatScreen
from tui.widgets.items.notice import NoticeView
from tui.widgets.items.tool_card import ToolCard

PEER = "Textual's own restyling"
WIDGETS, LINES, IDLE_SECONDS = 5_000, 10_000, 5


class Plain(App[None]):
    """The peer: Textual's own restyling."""

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            for number in range(WIDGETS):
                yield Static(f"widget {number}")


async def blur_ours() -> float:
    """Milliseconds until the window's blur is over, with every item mounted."""
    async with chat() as (screen, pilot):
        views = [NoticeView(NoticeItem(key=str(number), text=f"widget {number}")) for number in range(WIDGETS)]
        await screen.pane.view.mount_all(views)
        await pilot.pause(1.0)
        await _blur(screen.app)
        return await _blur(screen.app)


async def blur_peer() -> float:
    app = Plain()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(1.0)
        await _blur(app)
        return await _blur(app)


async def _blur(app: App[None]) -> float:
    began = process_time()
    app.app_focus = False
    await asyncio.sleep(0)
    app.app_focus = True
    shown = asyncio.Event()
    app.call_after_refresh(shown.set)
    await shown.wait()
    return (process_time() - began) * 500  # two changes


def _session(turns: int) -> Iterator[Event]:
    for number in range(turns):
        yield TurnStarted(turn_id=f"t{number}", prompt=f"Question {number}")
        yield assistant_text(f"Answer {number} with **bold** words and `code`.\n\n- one\n- two", f"m{number}")
        yield finished(f"t{number}")


async def _tell(screen: ChatScreen, events: Iterator[Event]) -> None:
    for event in stamped(list(events)):
        screen.session._handle_event(event)


async def long_output() -> tuple[float, float]:
    """The longest time the app was deaf when a huge output came, and when it was unfolded."""
    output = "\n".join(f"line {number} \x1b[32mok\x1b[0m" for number in range(LINES))
    async with chat() as (screen, pilot):
        await _tell(screen, iter([TurnStarted(turn_id="t", prompt="x"), call("u", "Bash", command="make")]))
        await pilot.pause(0.3)
        events = list(stamped([result("u", output)], start=100))
        came = await _deafness(lambda: screen.session._handle_event(events[0]))
        card = screen.pane.view.query_one(ToolCard)
        return came, await _deafness(card.action_unfold)


async def _deafness(act: object) -> float:
    assert callable(act)
    longest = 0.0
    until = perf_counter() + 3
    asyncio.get_running_loop().call_soon(act)
    while perf_counter() < until:
        before = perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, perf_counter() - before)
    return longest * 1000


async def idle() -> float:
    """Share of a processor that an idle app takes, in percent."""
    async with chat() as (screen, pilot):
        await _tell(screen, _session(20))
        await pilot.pause(1.0)
        began = process_time()
        await asyncio.sleep(IDLE_SECONDS)
        return (process_time() - began) / IDLE_SECONDS * 100


async def measure() -> list[Result]:
    """Everything in one run."""
    came, unfolded = await long_output()
    return [
        Result(
            what=f"blur and focus, {WIDGETS:,} widgets",
            ours=await blur_ours(),
            baseline=await blur_peer(),
            peer=PEER,
            budget=50,
        ),
        Result(what=f"unresponsive while {LINES:,} lines arrive", ours=came, budget=100),
        Result(what=f"unresponsive while {LINES:,} lines expand", ours=unfolded, budget=700),
        Result(what="idle", ours=await idle(), unit="%", budget=2),
    ]


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
