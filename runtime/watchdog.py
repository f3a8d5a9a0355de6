"""Ends a program whose event loop stands still, so that supervisord starts it again. Every server of the house has one.

Under a lack of memory Python can wait for ever for a thread that never began. Such a process lives, listens and answers
nobody; nothing but another thread of its own notices.
"""

import asyncio
import faulthandler
import os
import sys
import threading
import time

TICK = 1.0
PATIENCE = 30
"""Ticks without a beat of the loop. Ticks, not seconds: a machine that was suspended has missed none."""
STOOD_STILL = 70
"""The exit code."""


def watch(loop: asyncio.AbstractEventLoop, *, patience: int = PATIENCE, tick: float = TICK) -> None:
    """Watches the loop for as long as the process lives."""
    threading.Thread(target=_look, args=(loop, patience, tick), name="watchdog", daemon=True).start()


def _look(loop: asyncio.AbstractEventLoop, patience: int, tick: float) -> None:
    beats = [0]
    seen, missed = 0, 0

    def beat() -> None:
        beats[0] += 1

    while not loop.is_closed():
        try:
            loop.call_soon_threadsafe(beat)
        except RuntimeError:  # closed just now
            return
        except MemoryError:  # what cannot even ask counts as no answer
            pass
        time.sleep(tick)
        missed = 0 if beats[0] > seen else missed + 1
        seen = beats[0]
        if missed >= patience:
            words = f"the event loop stood still for {missed * tick:.0f} s: this process ends, to be started again"
            sys.stderr.write(words + "\n")
            faulthandler.dump_traceback(all_threads=True)
            os._exit(STOOD_STILL)
