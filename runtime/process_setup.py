"""Sets up a server process: its limit of open files, its child processes and its garbage collector."""

import asyncio
import gc
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MAX_OPEN_FILES = 65_536


def raise_open_file_limit() -> None:
    """Raises the limit of open files to what the system allows, up to MAX_OPEN_FILES; each connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def watch_children_without_threads() -> None:
    """Makes asyncio wait for child processes without a thread for each; called before the first child starts.

    Python 3.12 does this where possible. Python 3.11 starts a thread for each child. If there is no memory for the
    thread, Python waits forever for it to start, which blocks the event loop.
    """
    if sys.version_info < (3, 12) and _has_pidfd():
        watcher = asyncio.PidfdChildWatcher()
        watcher.attach_loop(asyncio.get_running_loop())
        asyncio.get_event_loop_policy().set_child_watcher(watcher)


@contextmanager
def exempt_from_gc() -> Iterator[None]:
    """Exempts what is imported in the block from garbage collection, because it lives as long as the process.

    Collections during the imports take a sixth of a start; later ones would visit all modules and delay the event loop.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _has_pidfd() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # another system, an old one, or a sandbox that forbids it
        return False
    return True
