"""`python -m bench.tui_opening`: a conversation of 2,000 messages opens on a real api, beside one of ten."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from bench.processes import running_api_on_demo
from bench.result import Result, report
from tests.support.api import Api
from tests.support.long_conversation import fill
from tui.app import create_app
from tui.identity import Identity
from tui.screens.chat import ChatScreen
from tui.settings import Settings

TURNS = {"short": 5, "long": 1_000}
TIMES = 5
PEER = "a conversation of 10 messages"


async def opening(api: Api, session_id: str, folder: Path) -> float:
    """Milliseconds until the end of the conversation stands on the screen."""
    settings = Settings(socket=api.socket, state_dir=folder, workspace=api.workspace)
    app = create_app(settings)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        began = perf_counter()
        await app.open(Identity(user="ada@example.com", session_id=session_id))
        while not _is_open(app.screen):
            await asyncio.sleep(0.002)
        return (perf_counter() - began) * 1000


def _is_open(screen: object) -> bool:
    if not isinstance(screen, ChatScreen):
        return False
    strips = screen._compositor.render_strips(screen.app.size)
    return sum("word word" in strip.text for strip in strips) > 3


async def measure() -> list[Result]:
    """Both several times, in turns; medians."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    took: dict[str, list[float]] = {name: [] for name in TURNS}
    try:
        async with running_api_on_demo() as (api, _):
            headers = {"X-Forwarded-User": "ada@example.com"}
            infos = {name: (await api.client.post("/sessions", json={}, headers=headers)).json() for name in TURNS}
            await api.stop()
            for name, info in infos.items():
                await fill(api, info["id"], Path(info["cwd"]), turns=TURNS[name])
            await api.start()
            for _ in range(TIMES):
                for name, info in infos.items():
                    took[name].append(await opening(api, info["id"], folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    short, long = (sorted(took[name])[TIMES // 2] for name in ("short", "long"))
    what = f"opening a conversation of {2 * TURNS['long']:,} messages"
    return [Result(what=what, ours=long, baseline=short, peer=PEER, budget=max(300.0, short * 2))]


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
