"""`python -m tui`: runs the terminal app against a running server."""

import argparse
import asyncio
import sys
from dataclasses import dataclass

from runtime.settings import SettingsError
from tui.identity import Identity
from tui.settings import Settings, read_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    resume: str | None
    """The session to open; empty for the list of sessions, None if not given."""
    continues: bool
    """Whether to continue the last session."""
    screen_reader: bool
    spare: bool
    """Whether to start without a user, for `tui.serve`."""


def read_arguments(words: list[str] | None = None) -> Arguments:
    """Reads the command line; exits with a message if it is wrong."""
    parser = argparse.ArgumentParser(prog="tui", description="Claude Code in this terminal, on the running server.")
    parser.add_argument(
        "-r", "--resume", nargs="?", const="", metavar="ID", help="open a session, or choose one from a list"
    )
    parser.add_argument("-c", "--continue", action="store_true", dest="continues", help="continue the last session")
    parser.add_argument(
        "--ax-screen-reader", action="store_true", dest="screen_reader", help="print plain lines for screen readers"
    )
    parser.add_argument("--spare", action="store_true", help=argparse.SUPPRESS)
    found = parser.parse_args(words)
    return Arguments(
        resume=found.resume, continues=found.continues, screen_reader=found.screen_reader, spare=found.spare
    )


def main() -> int:
    """Runs the app and returns the exit status: 1 if a setting is wrong or no server is running."""
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
    identity = Identity(session_id=_session_id(arguments, settings))
    if arguments.screen_reader or settings.screen_reader:
        from tui.plain_mode import run_plain_mode

        return run_plain_mode(settings, identity)
    from tui.app import create_app

    create_app(settings, identity, first_command="/resume" if arguments.resume == "" else "").run()
    return 0


def _session_id(arguments: Arguments, settings: Settings) -> str | None:
    if arguments.resume:
        return arguments.resume
    return asyncio.run(_last_session_id(settings)) if arguments.continues else None


async def _last_session_id(settings: Settings) -> str | None:
    from tui.client import Client

    async with Client(settings.socket, None) as client:
        sessions = (await client.sessions(limit=1)).sessions
        return sessions[0].id if sessions else None


if __name__ == "__main__":
    sys.exit(main())
