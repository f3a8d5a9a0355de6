"""Claude Code's credential, handed over in a pipe: what it starts finds no variable and no file to read it from."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PIPES = {
    "ANTHROPIC_API_KEY": "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR",
    "CLAUDE_CODE_OAUTH_TOKEN": "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
}
"""Secrets that Claude Code also reads from a pipe, each with the variable that says which one."""
STAYS = "ANTHROPIC_AUTH_TOKEN"
"""It reads this one from its environment alone, and then looks for no other."""


@contextmanager
def handed(environment: Mapping[str, str]) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """The environment to start with, and the pipes to pass on, for as long as the start takes.

    A pipe is empty once it was read, so that `/proc` does not show the secret either.
    """
    given = dict(environment)
    secrets = {name: given.pop(name) for name in PIPES if name in given and STAYS not in given}
    readers: list[int] = []
    try:
        for name, secret in secrets.items():
            reader, writer = os.pipe()
            readers.append(reader)
            os.write(writer, secret.encode())
            os.close(writer)
            given[PIPES[name]] = str(reader)
        yield given, tuple(readers)
    finally:
        for reader in readers:
            os.close(reader)
