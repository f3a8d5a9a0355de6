"""Arbitrary input from Hypothesis never causes a server error and never signs anyone in."""

import asyncio
import json
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.auth import GatewayProcess, fresh_ip

QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3))
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
TOKEN = st.text(max_size=80) | st.from_regex(
    r"[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}", fullmatch=True
)


async def status(gateway: GatewayProcess, *lines: str, body: bytes = b"") -> tuple[int, bytes]:
    """The status and head of the response to a request with these lines; 0 if the server disconnects."""
    own = [f"X-Forwarded-For: {fresh_ip()}", f"Content-Length: {len(body)}", "Connection: close", "", ""]
    head = await gateway.raw("\r\n".join([*lines, *own]).encode("latin1", "replace") + body)
    return (int(head.split(b" ")[1]) if head else 0), head.lower()


@QUICK
@given(typed=JSON | st.emails())
async def test_any_address(gateway: GatewayProcess, typed: object) -> None:
    body = json.dumps({"email": typed}).encode()
    code, _ = await status(
        gateway, "POST /auth/start HTTP/1.1", f"Host: {gateway.host}", "Content-Type: application/json", body=body
    )
    assert code in {204, 400, 403, 413, 502}


@QUICK
@given(body=st.binary(max_size=300))
async def test_any_body(gateway: GatewayProcess, body: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        code, _ = await status(
            gateway, "POST /auth/start HTTP/1.1", f"Host: {gateway.host}", f"Content-Type: {kind}", body=body
        )
        assert code in {400, 403}


@QUICK
@given(host=HEADER)
async def test_any_host(gateway: GatewayProcess, host: str) -> None:
    code, head = await status(gateway, "GET / HTTP/1.1", f"Host: {host}")
    assert code in {0, 400, 401, 421}
    assert b"\r\nlocation:" not in head


@QUICK
@given(token=TOKEN)
async def test_any_token(gateway: GatewayProcess, token: str) -> None:
    code, head = await status(gateway, f"GET /auth/verify?t={quote(token)} HTTP/1.1", f"Host: {gateway.host}")
    assert code == 400
    assert b"set-cookie" not in head
    form = f"t={quote(token)}".encode()
    code, head = await status(gateway, "POST /auth/verify HTTP/1.1", f"Host: {gateway.host}", body=form)
    assert code == 400
    assert b"set-cookie" not in head


@QUICK
@given(cookie=HEADER | TOKEN)
async def test_any_cookie(gateway: GatewayProcess, cookie: str) -> None:
    for value in (cookie, f"sid={cookie}", f'sid="{cookie}"'):
        line = value.replace("\r", "").replace("\n", "").replace("\0", "")
        code, _ = await status(gateway, "GET /auth/user HTTP/1.1", f"Host: {gateway.host}", f"Cookie: {line}")
        assert code in {0, 400, 401}


@QUICK
@given(target=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
async def test_any_path(gateway: GatewayProcess, target: str) -> None:
    code, _ = await status(gateway, f"GET /{target} HTTP/1.1", f"Host: {gateway.host}")
    assert code in {400, 401, 404, 405}


@QUICK
@given(key=HEADER.filter(str.strip))
async def test_any_key(gateway: GatewayProcess, key: str) -> None:
    for line in (f"X-API-Key: {key}", f"Authorization: Bearer {key}", f"Authorization: {key}"):
        code, _ = await status(gateway, "GET /version HTTP/1.1", f"Host: {gateway.host}", line)
        assert code in {0, 400, 401}


@QUICK
@given(data=st.binary(max_size=400))
async def test_any_bytes(gateway: GatewayProcess, data: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        writer.write(data + b"\r\n\r\n")
        writer.write_eof()
        async with asyncio.timeout(20):
            assert not (await reader.read(-1)).startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    except ConnectionResetError:
        pass
    finally:
        writer.close()


async def test_log_has_no_failure_after_all_this(gateway: GatewayProcess) -> None:
    log = gateway.log.read_text()
    assert "Traceback" not in log
    assert "request_failed" not in log
    async with gateway.signed_in() as client:
        assert (await client.get("/auth/user")).status_code == 200
