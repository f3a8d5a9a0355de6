"""What the terminal app's measurements share: an app without a server, numbers, a table with budgets."""

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tui.app import create_app
from tui.claim import Claim
from tui.client import Joined
from tui.screens.chat import ChatScreen
from tui.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    what: str
    ours: float
    unit: str = "ms"
    peer: float | None = None
    """The same with plain `Markdown.append`, or with Textual's defaults."""
    budget: float | None = None

    @property
    def is_kept(self) -> bool:
        return self.budget is None or self.ours <= self.budget


def report(figures: list[Figure]) -> int:
    """Writes the table; 1 when a budget is broken."""
    sys.stdout.write(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
    sys.stdout.write(f"{'':46}{'ours':>12}{'peer':>12}{'budget':>12}\n")
    for figure in figures:
        peer = f"{figure.peer:,.1f}" if figure.peer is not None else "-"
        budget = f"{figure.budget:,.0f}" if figure.budget is not None else "-"
        sign = "" if figure.is_kept else "  OVER"
        sys.stdout.write(f"{figure.what:46}{figure.ours:>9,.1f} {figure.unit}{peer:>12}{budget:>12}{sign}\n")
    return 0 if all(figure.is_kept for figure in figures) else 1


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


@asynccontextmanager
async def chat() -> AsyncIterator[tuple[ChatScreen, Pilot[None]]]:
    """The app on no server, for events that are told to it."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    settings = Settings(socket=folder / "none.sock", state_dir=folder, workspace=folder)
    app = create_app(settings, Claim())
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, ChatScreen)
            screen.workers.cancel_group(screen, "open")
            screen.talk.is_new = False
            screen.talk._take(Joined())
            screen.outlook.all()
            await pilot.pause()
            yield screen, pilot
    finally:
        shutil.rmtree(folder, ignore_errors=True)
