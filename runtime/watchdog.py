"""Ends a process whose event loop is stuck; supervisord then starts it again.

When memory runs out, Python can wait forever for a thread that never started. Such a process still accepts connections
but answers nothing, and only another thread of the same process can detect it.
"""

import asyncio
import faulthandler
import os
import sys
import threading
import time

TICK_SECONDS = 1.0
MAX_MISSED = 30
"""How many ticks in a row the event loop may miss. Ticks are counted, not seconds: a suspended machine misses none."""
STUCK_EXIT_CODE = 70


def start_watchdog(
    loop: asyncio.AbstractEventLoop, *, max_missed: int = MAX_MISSED, tick_seconds: float = TICK_SECONDS
) -> None:
    """Watches the event loop as long as the process lives."""
    arguments = (loop, max_missed, tick_seconds)
    threading.Thread(target=_watch, args=arguments, name="watchdog", daemon=True).start()


def _watch(loop: asyncio.AbstractEventLoop, max_missed: int, tick_seconds: float) -> None:
    beats = [0]
    seen, missed = 0, 0

    def beat() -> None:
        beats[0] += 1

    while not loop.is_closed():
        try:
            loop.call_soon_threadsafe(beat)
        except RuntimeError:  # the loop was closed after the check
            return
        except MemoryError:  # counts as a missed tick
            pass
        time.sleep(tick_seconds)
        missed = 0 if beats[0] > seen else missed + 1
        seen = beats[0]
        if missed >= max_missed:
            seconds = round(missed * tick_seconds)
            sys.stderr.write(f"the event loop stood still for {seconds} s: this process ends and is restarted\n")
            faulthandler.dump_traceback(all_threads=True)
            os._exit(STUCK_EXIT_CODE)
