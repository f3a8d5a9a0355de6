"""`python -m tui`: the terminal app on a running server."""

import argparse
import sys
from dataclasses import dataclass

from runtime.settings import SettingsError
from tui.identity import Identity
from tui.settings import Settings, read_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    resume: str | None
    """A session's id, or an empty string for the list of sessions; None: not asked."""
    continues: bool
    """Go on with the last session."""
    screen_reader: bool
    spare: bool


def read_arguments(words: list[str] | None = None) -> Arguments:
    """The arguments of this process; a wrong one ends it with a sentence."""
    parser = argparse.ArgumentParser(prog="tui", description="Claude Code in this terminal, on the running server.")
    parser.add_argument("-r", "--resume", nargs="?", const="", metavar="ID", help="open a session, or choose one")
    parser.add_argument("-c", "--continue", action="store_true", dest="continues", help="go on with the last session")
    parser.add_argument(
        "--ax-screen-reader", action="store_true", dest="screen_reader", help="plain linear text, nothing moves"
    )
    parser.add_argument("--spare", action="store_true", help=argparse.SUPPRESS)
    found = parser.parse_args(words)
    return Arguments(
        resume=found.resume, continues=found.continues, screen_reader=found.screen_reader, spare=found.spare
    )


def main() -> int:
    """Runs the app; returns 1 if a setting cannot be used or no server is running."""
    arguments = read_arguments()
    try:
        settings = read_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.spare:
        from tui.app import create_app

        create_app(settings).run()
        return 0
    from tui.server_start import is_running, offer_start

    if not is_running(settings) and not offer_start(settings):
        return 1
    identity = Identity(session_id=_session(arguments, settings))
    if arguments.screen_reader or settings.screen_reader:
        from tui.plain_mode import run_plain_mode

        return run_plain_mode(settings, identity)
    from tui.app import create_app

    create_app(settings, identity, starts_with="/resume" if arguments.resume == "" else "").run()
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
