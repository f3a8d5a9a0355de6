"""`python -m bench.tui_start`: from command to first screen, cold and from a spare, against an empty Textual app."""

import asyncio
import fcntl
import os
import pty
import shutil
import signal
import socket
import struct
import sys
import tempfile
import termios
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from bench.numbers import median
from bench.result import Result, report
from tests.support.process import ROOT, clean_environment

TIMES = 7
EMPTY = "from textual.app import App; from textual.widgets import Static\n"
EMPTY += "class A(App):\n def compose(self): yield Static('Ask Claude anything')\nA().run()"
BUDGET_COLD, BUDGET_SPARE = 1000, 300
PEER = "an empty Textual app"


async def in_terminal(words: list[str], environment: dict[str, str]) -> float:
    """Milliseconds until the prompt stands in a terminal of 120 by 40."""
    own, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    os.set_blocking(own, False)
    try:
        await _appears(own)
        return (perf_counter() - began) * 1000
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        os.close(own)


async def _appears(descriptor: int) -> None:
    output = b""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    loop.add_reader(descriptor, arrived.set)
    try:
        async with asyncio.timeout(30):
            while b"sk Claude anything" not in output:
                await arrived.wait()
                arrived.clear()
                with suppress(BlockingIOError):
                    output += os.read(descriptor, 65536)
    finally:
        loop.remove_reader(descriptor)


async def from_spare(environment: dict[str, str]) -> float:
    """Milliseconds from the claim of a waiting app to its first screen."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui",
        "--spare",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
        env={**environment, "TEXTUAL_DRIVER": "tui.web_driver:TabDriver", "COLUMNS": "120", "ROWS": "40"},
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        await process.stdout.readuntil(b"__GANGLION__\n")
        await asyncio.sleep(2.5)  # a spare is idle when a tab claims it
        began = perf_counter()
        claim = b'{"type":"claim","user":"ada@example.com","session_id":null,"notice":null}'
        process.stdin.write(b"M" + len(claim).to_bytes(4, "big") + claim)
        output = b""
        async with asyncio.timeout(30):
            while b"sk Claude anything" not in output:
                output += await process.stdout.read(65536)
        return (perf_counter() - began) * 1000
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def measure() -> list[Result]:
    """Each several times, medians."""
    folder = Path(tempfile.mkdtemp(prefix="start-"))
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(folder / "api.sock"))  # accepts and never answers; the screen must not wait for it
        listener.listen()
        environment = clean_environment(
            {"RUN_DIR": str(folder), "DATA_DIR": str(folder), "TERM": "xterm-256color", "HOME": str(folder)}
        )
        cold = [await in_terminal(["-m", "tui"], environment) for _ in range(TIMES)]
        empty = [await in_terminal(["-c", EMPTY], environment) for _ in range(TIMES)]
        spare = [await from_spare(environment) for _ in range(TIMES)]
    finally:
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Result(
            what="first screen, cold",
            ours=median(cold),
            baseline=median(empty),
            peer=PEER,
            budget=BUDGET_COLD,
        ),
        Result(what="first screen, from the spare", ours=median(spare), budget=BUDGET_SPARE),
    ]


if __name__ == "__main__":
    sys.exit(report(asyncio.run(measure())))
