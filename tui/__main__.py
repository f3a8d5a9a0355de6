"""`python -m tui`: the terminal app on a running server."""

import sys

from tui.arguments import Arguments, read_arguments
from tui.claim import Claim
from tui.settings import Settings, read_settings


def main() -> int:
    """Runs the app; 1 when there is no server to run it on."""
    arguments = read_arguments()
    settings = read_settings()
    if arguments.spare:
        from tui.app import create_app

        create_app(settings).run()
        return 0
    from tui.server import is_running, offer_start

    if not is_running(settings) and not offer_start(settings):
        return 1
    claim = Claim(session_id=_session(arguments, settings))
    if arguments.screen_reader or settings.screen_reader:
        from tui.linear import run_linear

        return run_linear(settings, claim)
    from tui.app import create_app

    create_app(settings, claim, starts_with="/resume" if arguments.resume == "" else "").run()
    return 0


def _session(arguments: Arguments, settings: Settings) -> str | None:
    if arguments.resume:
        return arguments.resume
    if not arguments.continues:
        return None
    import asyncio

    from tui.client import Client

    async def last() -> str | None:
        async with Client(settings.socket, None) as client:
            sessions = (await client.sessions(limit=1)).sessions
            return sessions[0].id if sessions else None

    return asyncio.run(last())


if __name__ == "__main__":
    sys.exit(main())
