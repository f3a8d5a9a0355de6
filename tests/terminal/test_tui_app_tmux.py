"""The app in a real terminal (tmux), from the first screen through a task to its exit."""

import asyncio
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.api import Api
from tests.support.process import ROOT

SECONDS = 40.0


class Terminal:
    """A tmux server with one window."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux")

    async def run(self, *words: str) -> str:
        """Runs a tmux command and returns its output."""
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "-S",
            self._socket,
            "-f",
            "/dev/null",
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return out.decode()

    async def type(self, text: str) -> None:
        await self.run("send-keys", "-l", text)

    async def press(self, *keys: str) -> None:
        await self.run("send-keys", *keys)

    async def see(self, text: str, *, without: str | None = None) -> str:
        """Waits until the screen contains the text and not the other one; returns the screen."""
        screen = ""
        try:
            async with asyncio.timeout(SECONDS):
                while text not in (screen := await self.run("capture-pane", "-p")) or (without and without in screen):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"{text!r} without {without!r} did not come in {SECONDS:.0f} s; the screen:\n{screen}")
        return screen


@pytest.fixture
async def terminal() -> AsyncIterator[Terminal]:
    """A tmux server that ends with the test."""
    if shutil.which("tmux") is None:
        pytest.fail("tmux is not installed: `apt-get install tmux`")
    folder = Path(tempfile.mkdtemp(prefix="tmux-"))
    found = Terminal(folder)
    try:
        yield found
    finally:
        await found.run("kill-server")
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_whole_task_in_a_real_terminal(api: Api, terminal: Terminal) -> None:
    name = f"{uuid.uuid4().hex}.txt"
    variables = {
        "RUN_DIR": str(api.socket.parent),
        "TUI_STATE_DIR": str(api.folder / "terminal"),
        "WORKSPACE_DIR": str(api.workspace),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
    }
    settings = [f"{key}={value}" for key, value in variables.items()]
    command = ["env", "-i", f"PATH={Path(sys.executable).parent}:/usr/bin:/bin", "TERM=tmux-256color", *settings]
    await terminal.run("new-session", "-d", "-x", "100", "-y", "30", *command, sys.executable, "-m", "tui")

    await terminal.see("Ask Claude anything")
    await terminal.type(f"demo:write {name} Hello from a terminal")
    await terminal.press("M-Enter")  # a line break, not the end of the prompt
    await terminal.type("and nothing else")
    await terminal.press("Enter")
    screen = await terminal.see("Claude wants to write a file")
    assert "+ Hello from a terminal" in screen
    await terminal.press("y")
    await terminal.see("✓ Write")
    assert (api.workspace / name).read_text().startswith("Hello from a terminal")

    await terminal.see("Done.", without="esc to stop")

    await terminal.run("set-buffer", "demo:say pasted \x1b[31mred\n!touch pasted.txt\n")
    await terminal.run("paste-buffer", "-p")
    screen = await terminal.see("!touch pasted.txt")
    assert "\u276f demo:say pasted ␛[31mred" in screen  # it stands in the prompt, and none of it was sent
    await terminal.press("Escape", "Escape")
    await terminal.see("Ask Claude anything")

    await terminal.type("demo:stream 4000")
    await terminal.press("Enter")
    await terminal.see("word5")
    await terminal.press("Escape")
    await terminal.see("Interrupted")

    await terminal.type("/model")
    await terminal.press("Enter")
    await terminal.see("Model")
    await terminal.press("Escape")
    await terminal.run("resize-window", "-x", "44", "-y", "20")
    await terminal.see("Interrupted")
    await terminal.press("C-q")
    await _wait_for_exit(terminal)


async def _wait_for_exit(terminal: Terminal) -> None:
    async with asyncio.timeout(SECONDS):
        while "no server" not in (said := await terminal.run("list-sessions")) and "error" not in said:
            await asyncio.sleep(0.1)
