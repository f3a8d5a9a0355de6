"""Passes the credential to Claude Code through a pipe: the programs that it starts find it in no variable or file."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PIPES = {
    "ANTHROPIC_API_KEY": "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR",
    "CLAUDE_CODE_OAUTH_TOKEN": "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
}
"""Secrets that Claude Code can read from a pipe, each with the variable that names the pipe."""
ENVIRONMENT_ONLY = "ANTHROPIC_AUTH_TOKEN"
"""A secret that Claude Code reads from the environment only. It then ignores the others."""


@contextmanager
def credential_pipes(environment: Mapping[str, str]) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Provides the environment without the secrets and the pipes to inherit, until the process has started.

    A pipe is empty once it has been read, so `/proc` does not show the secret either.
    """
    remaining = dict(environment)
    secrets = {name: remaining.pop(name) for name in PIPES if name in remaining and ENVIRONMENT_ONLY not in remaining}
    readers: list[int] = []
    try:
        for name, secret in secrets.items():
            reader, writer = os.pipe()
            readers.append(reader)
            os.write(writer, secret.encode())
            os.close(writer)
            remaining[PIPES[name]] = str(reader)
        yield remaining, tuple(readers)
    finally:
        for reader in readers:
            os.close(reader)
