"""`python -m tui`: the terminal app on a running server."""

import sys

from tui.claim import Claim
from tui.settings import read_settings


def main() -> int:
    settings = read_settings()
    from tui.app import create_app

    create_app(settings, None if settings.spare else Claim()).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
