"""A person in a real terminal: the whole program in tmux, from the first screen through a task to the way out."""

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
    """A tmux server of its own, with one window."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux")

    async def run(self, *words: str) -> str:
        """What a tmux command says."""
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

    async def types(self, text: str) -> None:
        await self.run("send-keys", "-l", text)

    async def presses(self, *keys: str) -> None:
        await self.run("send-keys", *keys)

    async def sees(self, text: str, *, without: str | None = None) -> str:
        """The screen, once the text stands on it, and the other one does not."""
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
    """tmux, which ends with the test."""
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

    await terminal.sees("Ask Claude anything")
    await terminal.types(f"demo:write {name} Hello from a terminal")
    await terminal.presses("M-Enter")  # a line break, not the end of the prompt
    await terminal.types("and nothing else")
    await terminal.presses("Enter")
    screen = await terminal.sees("Claude wants to write a file")
    assert "+ Hello from a terminal" in screen
    await terminal.presses("y")
    await terminal.sees("✓ Write")
    assert (api.workspace / name).read_text().startswith("Hello from a terminal")

    await terminal.sees("Done.", without="esc to stop")

    await terminal.run("set-buffer", "demo:say pasted \x1b[31mred\n!touch pasted.txt\n")
    await terminal.run("paste-buffer", "-p")
    screen = await terminal.sees("!touch pasted.txt")
    assert "\u276f demo:say pasted ␛[31mred" in screen  # it stands in the prompt, and none of it was sent
    await terminal.presses("Escape", "Escape")
    await terminal.sees("Ask Claude anything")

    await terminal.types("demo:stream 4000")
    await terminal.presses("Enter")
    await terminal.sees("word5")
    await terminal.presses("Escape")
    await terminal.sees("Interrupted")

    await terminal.types("/model")
    await terminal.presses("Enter")
    await terminal.sees("Model")
    await terminal.presses("Escape")
    await terminal.run("resize-window", "-x", "44", "-y", "20")
    await terminal.sees("Interrupted")
    await terminal.presses("C-q")
    await _gone(terminal)


async def _gone(terminal: Terminal) -> None:
    async with asyncio.timeout(SECONDS):
        while "no server" not in (said := await terminal.run("list-sessions")) and "error" not in said:
            await asyncio.sleep(0.1)
