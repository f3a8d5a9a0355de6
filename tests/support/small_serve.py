"""`python -m tests.support.small_serve SOCKET`: serve as its own process, with the small app behind it."""

import asyncio
import sys
from pathlib import Path

from tests.support.serve import small_settings
from tui.serve.__main__ import run

if __name__ == "__main__":
    asyncio.run(run(small_settings(Path(sys.argv[1]))))
