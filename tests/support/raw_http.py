"""Sends requests to the gateway as raw bytes, which no HTTP client would send."""

from tests.support.auth import KEY, GatewayProcess


def raw_request(gateway: GatewayProcess, target: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A request with the key, as bytes."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {gateway.host}", f"X-API-Key: {KEY}", *lines, "", ""]
    return "\r\n".join(head).encode("latin1") + body


async def raw_answer(gateway: GatewayProcess, data: bytes) -> tuple[int, bytes]:
    """The status and body of the gateway's first response."""
    text = await gateway.raw(data, until_closed=True)
    if not text:
        return 0, b""
    head, _, body = text.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        body = b"".join(body.split(b"\r\n")[1::2])
    return int(head.split(b" ")[1]), body
