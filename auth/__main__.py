"""The gateway's commands: `python -m auth [check | doctor | login-link ADDRESS]`; without a command it serves."""

import argparse
import asyncio
import os
import sys

from auth.settings import Settings, read_settings
from runtime.process_setup import exempt_from_gc
from runtime.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m auth", description="The gateway. Serves if no command is given.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("check", help="check the settings and print the gateway's part of the start-up summary")
    commands.add_parser("doctor", help="check everything the gateway needs and say what to fix")
    link = commands.add_parser("login-link", help="print a sign-in link for an allowed address")
    link.add_argument("address", metavar="ADDRESS")
    given = parser.parse_args(arguments)
    os.umask(0o077)  # the gateway's files are for its own user only
    try:
        return _run(given, read_settings())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1


def _run(given: argparse.Namespace, settings: Settings) -> int:
    # Each command imports only what it needs; `check` does not wait for the web server to load.
    if given.command == "check":
        from auth.startup_summary import summarize

        print("\n".join(summarize(settings)))
        return 0
    if given.command == "login-link":
        from auth.login_link_command import print_login_link

        return asyncio.run(print_login_link(settings, given.address))
    if given.command == "doctor":
        from auth.doctor import run_doctor

        return asyncio.run(run_doctor(settings))
    with exempt_from_gc():
        from auth.server import run

    asyncio.run(run(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
