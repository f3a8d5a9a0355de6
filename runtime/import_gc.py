"""Keeps Python's garbage collector away from what a program imports: that lives as long as the program does."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_for_good() -> Iterator[None]:
    """For the block that imports a server: without a look for garbage, and nothing of it is ever looked at again.

    Looking through half-loaded libraries is a sixth of a start; later, each look at all of them holds up the loop.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
