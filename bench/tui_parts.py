"""What the terminal app's measurements share: an app without a server."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tui.app import create_app
from tui.client import Connected
from tui.identity import Identity
from tui.screens.chat import ChatScreen
from tui.settings import Settings


@asynccontextmanager
async def chat() -> AsyncIterator[tuple[ChatScreen, Pilot[None]]]:
    """Runs the app without a server; the caller applies events to its session."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    settings = Settings(socket=folder / "none.sock", state_dir=folder, workspace=folder)
    app = create_app(settings, Identity())
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            screen = app.screen
            assert isinstance(screen, ChatScreen)
            screen.workers.cancel_group(screen, "open")
            await screen.pane.view.open()
            screen.session.is_new = False
            screen.session._handle_event(Connected())
            screen.presenter.show_all(screen.user)
            await pilot.pause()
            yield screen, pilot
    finally:
        shutil.rmtree(folder, ignore_errors=True)
