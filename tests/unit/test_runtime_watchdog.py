"""The watchdog ends a process whose event loop is stuck, but not one that was only paused."""

import os
import signal
import subprocess
import sys
import time

from runtime.watchdog import STUCK_EXIT_CODE
from tests.support.process import ROOT

BEFORE = """
import asyncio, threading
from runtime.watchdog import start_watchdog

async def main():
    start_watchdog(asyncio.get_running_loop(), max_missed=5, tick_seconds=0.05)
"""
STUCK = BEFORE + "    threading.Event().wait()\nasyncio.run(main())"
ALIVE = BEFORE + "    print('up', flush=True)\n    await asyncio.sleep(1.5)\nasyncio.run(main())"


def program(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_stuck_event_loop_ends_its_process_with_a_traceback() -> None:
    with program(STUCK) as process:
        _, complaint = process.communicate(timeout=30)
    assert process.returncode == STUCK_EXIT_CODE
    assert "stood still" in complaint
    assert "threading.py" in complaint


def test_a_paused_process_continues() -> None:
    with program(ALIVE) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        time.sleep(1)  # four times what the watchdog allows
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=30) == 0
