"""What can be said after `python -m tui`."""

import argparse
from dataclasses import dataclass


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
