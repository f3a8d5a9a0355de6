"""The app's pipe: a line that says hello, then packets of a type byte, a big-endian length and a payload."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

GREETING = b"__GANGLION__\n"
SCREEN, META, PACKED = b"D", b"M", b"P"


def encode_input(text: str) -> bytes:
    """What a person typed or pasted, as a packet; half a character (a lone surrogate) becomes `?`."""
    return packet(SCREEN, text.encode("utf-8", "replace"))


def encode_meta(meta: Mapping[str, object]) -> bytes:
    """Words of the server to the app's driver, as a packet."""
    return packet(META, json.dumps(meta).encode())


async def read_packets(stdout: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """Type and payload of every packet, until the app closes its end. The greeting has been read."""
    try:
        while True:
            head = await stdout.readexactly(5)
            yield head[:1], await stdout.readexactly(int.from_bytes(head[1:], "big"))
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return


def packet(kind: bytes, payload: bytes) -> bytes:
    """One packet; both ends write them alike."""
    return b"%s%s%s" % (kind, len(payload).to_bytes(4, "big"), payload)
