"""`python -m tests.support.small_serve SOCKET`: runs serve with the small app in a separate process."""

import asyncio
import sys
from pathlib import Path

from tests.support.serve import small_settings
from tui.serve.__main__ import run

if __name__ == "__main__":
    asyncio.run(run(small_settings(Path(sys.argv[1]))))
