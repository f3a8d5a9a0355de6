"""The front door's commands: `python -m auth [check | doctor | login-link ADDRESS]`."""

import argparse
import asyncio
import os
import sys

from auth.settings import Settings, read_settings
from runtime.import_gc import kept_for_good
from runtime.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m auth", description="The front door. Without a command: serves.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("check", help="checks the settings and prints the door's part of the start-up summary")
    commands.add_parser("doctor", help="checks everything the door needs and says what to fix")
    link = commands.add_parser("login-link", help="prints a sign-in link for an allowed address")
    link.add_argument("address", metavar="ADDRESS")
    given = parser.parse_args(arguments)
    os.umask(0o077)  # whatever the door writes is the door's alone
    try:
        settings = read_settings()
        return _run(given, settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1


def _run(given: argparse.Namespace, settings: Settings) -> int:
    # Each command imports what it needs: `check` answers before the web server is even loaded.
    if given.command == "check":
        from auth.startup_summary import summary

        print("\n".join(summary(settings)))
        return 0
    if given.command == "login-link":
        from auth.login_link_command import login_link

        return asyncio.run(login_link(settings, given.address))
    if given.command == "doctor":
        from auth.doctor import doctor

        return asyncio.run(doctor(settings))
    with kept_for_good():
        from auth.server import run

    asyncio.run(run(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
