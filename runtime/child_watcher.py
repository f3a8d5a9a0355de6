"""Watches child processes without a thread for each, as Python 3.12 does by itself.

Python 3.11 starts a thread for every process. Where there is no memory for one it waits for ever for the thread to
begin, and the whole program with it.
"""

import asyncio
import os
import sys


def watch_children() -> None:
    """Chooses the way that needs no threads, where the system has it; the running loop has started no child yet."""
    if sys.version_info < (3, 12) and _knows_pidfd():
        watcher = asyncio.PidfdChildWatcher()
        watcher.attach_loop(asyncio.get_running_loop())
        asyncio.get_event_loop_policy().set_child_watcher(watcher)


def _knows_pidfd() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # another system, an old one, or a sandbox that forbids it
        return False
    return True
