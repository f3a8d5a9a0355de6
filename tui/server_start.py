"""Checks that a server is running, and offers to start one."""

import socket
import subprocess
import sys
import time
from pathlib import Path

from runtime.shared_variables import ROOT
from tui.settings import Settings

START_SECONDS = 120.0
"""How long a start may take."""


def is_running(settings: Settings) -> bool:
    """Whether something listens on the api's socket."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(3)
            probe.connect(str(settings.socket))
    except OSError:
        return False
    return True


def offer_start(settings: Settings) -> bool:
    """Asks whether to start a server; returns whether one is running then."""
    script = ROOT / "start.sh"
    sys.stderr.write(f"No server is running here: nothing listens on {settings.socket}.\n")
    if not script.exists():
        return False
    if not sys.stdin.isatty():
        sys.stderr.write("Start one with `make run`.\n")
        return False
    sys.stderr.write("Start one now (`make run`)? [Y/n] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
        return False
    return is_running(settings) or start(settings, script)  # it may have been started meanwhile


def start(settings: Settings, script: Path) -> bool:
    """Starts all services, which keep running when this terminal closes; returns whether they started."""
    log = settings.socket.parent / "start.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603  # our own script, no shell
            [str(script)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    sys.stderr.write(f"Starting. Its log is {log}.\n")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if is_running(settings):
            return True
        time.sleep(0.2)
    sys.stderr.write(f"It did not start. See {log}.\n")
    return False
