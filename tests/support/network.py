"""Loopback networking: free ports, clients without TLS, and bytes copied between two connections."""

import asyncio
import itertools
import os
import socket
import ssl
from contextlib import suppress

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts no certificate. The default context loads the system's certificates: 20 ms of a core for each client."""

READ_BYTES = 65536

# Below the ports that the kernel hands to clients. Each test process starts elsewhere, so two never pick the same one.
_ports = itertools.count(20_000 + os.getpid() * 97 % 10_000)


def free_port() -> int:
    """Returns a loopback port that nothing listens on."""
    while True:
        port = next(_ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def copy_bytes(source: asyncio.StreamReader, target: asyncio.StreamWriter, flows: asyncio.Event) -> None:
    """Copies everything that `source` sends, and its end of file, to `target`; pauses while `flows` is not set."""
    with suppress(ConnectionError):
        while data := await source.read(READ_BYTES):
            await flows.wait()
            target.write(data)
            await target.drain()
    with suppress(OSError, RuntimeError):
        target.write_eof()
