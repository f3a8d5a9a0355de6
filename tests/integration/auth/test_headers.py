"""The headers that the gateway forwards, removes and adds."""

import asyncio
import json

import h2.config
import h2.connection
import h2.events
import pytest

from tests.support.auth import KEY, GatewayProcess
from tests.support.raw_http import raw_answer, raw_request

FORGED = [
    "X-Forwarded-User: root@example.com",
    "x-forwarded-user: root@example.com",
    "X_Forwarded_User: root@example.com",
    "X-Forwarded-User : root@example.com",
    "X-Auth-User: root@example.com",
    "X-Auth-Request-Email: root@example.com",
    "X-Forwarded-Email: root@example.com",
    "X-Gateway-Notice: all is well",
    "X-Forwarded-For: 9.9.9.9",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: gopher",
    "X-Forwarded-Prefix: /evil",
    "X-Forwarded-Port: 1",
    "X-Real-IP: 9.9.9.9",
    "Forwarded: for=9.9.9.9;host=evil.example",
    "X-Original-URL: /evil",
    "X-Rewrite-URL: /evil",
    "X-HTTP-Method-Override: DELETE",
    "X-Method-Override: DELETE",
    "X-HTTP-Method: DELETE",
    "Connection: X-Forwarded-User, X-Request-ID, close",
    "Keep-Alive: timeout=100",
    "TE: trailers",
    "Trailer: X-Forwarded-User",
    "Upgrade: foo",
    "Proxy-Authorization: Basic eDp5",
    "Proxy-Connection: keep-alive",
    "Cookie: other=1",
    "Remote-Addr: 9.9.9.9",
    "Remote-User: root@example.com",
    "X-Client-Cert: root",
    "Via: 1.1 evil",
    "Early-Data: 1",
    "Expect: 100-continue",
]
MAY_ARRIVE = {
    "accept", "accept-language", "accept-encoding", "content-type", "content-length", "host", "if-match", "range",
    "user-agent", "x-forwarded-user", "x-request-id", "idempotency-key", "last-event-id",
}  # fmt: skip


@pytest.mark.parametrize("line", FORGED)
async def test_forged_header_never_reaches_the_service(gateway: GatewayProcess, line: str) -> None:
    status, body = await raw_answer(gateway, raw_request(gateway, "/version", line, "Connection: close"))
    if status in (0, 400):  # h11 itself refuses some of them
        return
    assert status == 200
    seen = json.loads(body)
    headers = dict(seen["headers"])
    assert headers["x-forwarded-user"] == "ci"
    assert set(headers) <= MAY_ARRIVE
    assert seen["method"] == "GET"
    assert seen["target"] == "/version"
    for planted in ("root", "evil", "9.9.9.9", "gopher", "DELETE", KEY):
        assert planted not in body.decode()


async def test_all_forged_headers_over_http2(gateway: GatewayProcess) -> None:
    """The same over HTTP/2 with prior knowledge, where headers can be repeated."""
    planted = [
        line.split(": ", 1)
        for line in FORGED
        if " :" not in line and not line.startswith(("Conn", "Keep", "Up", "Proxy-C", "TE"))
    ]
    headers = [
        (":method", "GET"), (":path", "/version"), (":scheme", "http"), (":authority", gateway.host),
        ("x-api-key", KEY),
        *((name.lower(), value) for name, value in planted),
    ]  # fmt: skip
    status, body = await over_http2(gateway, headers)
    assert status == 200
    seen = dict(json.loads(body)["headers"])
    assert seen["x-forwarded-user"] == "ci"
    assert set(seen) <= MAY_ARRIVE


async def over_http2(gateway: GatewayProcess, headers: list[tuple[str, str]]) -> tuple[int, bytes]:
    """One request over HTTP/2 without TLS."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(validate_outbound_headers=False))
    connection.initiate_connection()
    connection.send_headers(1, headers, end_stream=True)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    status, body = 0, b""
    try:
        async with asyncio.timeout(15):
            writer.write(connection.data_to_send())
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.ResponseReceived):
                        status = int(dict(event.headers)[b":status"])
                    elif isinstance(event, h2.events.DataReceived):
                        body += event.data
                    elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                        return status, body
                writer.write(connection.data_to_send())
    finally:
        writer.close()
    return status, body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(":method", "GET"), (":path", "/auth/user")], 401),
        ([(":method", "GET"), (":path", "/auth/login")], 200),
        ([(":method", "GET"), (":path", "//auth//login")], 404),
        ([(":method", "GET"), (":path", "/auth/../version")], 404),
        ([(":method", "CONNECT"), (":path", "/ws"), (":protocol", "websocket"), ("sec-websocket-version", "13")], 401),
        (
            [
                (":method", "CONNECT"),
                (":path", "/version"),
                (":protocol", "websocket"),
                ("sec-websocket-version", "13"),
            ],
            404,
        ),
    ],
)
async def test_guard_applies_to_http2(gateway: GatewayProcess, headers: list[tuple[str, str]], status: int) -> None:
    sent = [*headers, (":scheme", "http"), (":authority", gateway.host), ("origin", gateway.url)]
    pseudo = sorted(sent, key=lambda pair: not pair[0].startswith(":"))
    got, _ = await over_http2(gateway, pseudo)
    assert got == status


@pytest.mark.parametrize(("host", "status"), [("{host}", 200), ("evil.example", 0), ("{host}, {host}", 0)])
async def test_http2_with_both_forms_of_the_host(gateway: GatewayProcess, host: str, status: int) -> None:
    """The connection is closed (status 0) if they differ."""
    pseudo = [(":method", "GET"), (":path", "/auth/login"), (":scheme", "http"), (":authority", gateway.host)]
    got, _ = await over_http2(gateway, [*pseudo, ("host", host.format(host=gateway.host))])
    assert got == status


async def test_upgrade_to_h2c_is_answered_in_http1(gateway: GatewayProcess) -> None:
    """After a 101 a proxy would tunnel HTTP/2, in which clients could set headers that only the proxy may set."""
    upgrade = (
        f"GET /version HTTP/1.1\r\nHost: {gateway.host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        f"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nX-Forwarded-User: root@example.com\r\nX-API-Key: {KEY}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        writer.write(upgrade.encode())
        async with asyncio.timeout(15):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            body = await reader.readexactly(int(length.partition(b":")[2]))
        assert dict(json.loads(body)["headers"])["x-forwarded-user"] == "ci"
    finally:
        writer.close()


async def test_early_response_has_connection_close(gateway: GatewayProcess) -> None:
    head = f"POST /query HTTP/1.1\r\nHost: {gateway.host}\r\nX-API-Key: wrong\r\nContent-Length: 2\r\n\r\n"
    answer = await gateway.raw(head.encode(), until_closed=True)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"\r\nconnection: close\r\n" in answer.lower()


async def test_unlisted_response_headers_are_removed(gateway: GatewayProcess) -> None:
    async with gateway.browser(X_API_Key=KEY) as client:
        export = await client.get("/sessions/x/export")
    headers = export.headers
    for name in ("set-cookie", "server", "x-inner", "access-control-allow-origin", "location", "x-powered-by"):
        assert name not in headers
    assert headers["content-disposition"] == "attachment; filename=x.md"
    assert headers["cache-control"] == "no-store"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src *" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/health", "/auth/login", "/nothing", "/", "/query", "/version", "/auth/static/door.css"]
)
async def test_every_response_has_the_security_headers(gateway: GatewayProcess, path: str) -> None:
    async with gateway.browser() as client:
        headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-request-id"]
    assert "server" not in headers
    static = path.endswith(".css")
    assert headers["cache-control"] == ("public, max-age=31536000, immutable" if static else "no-store")


async def test_terminal_page_runs_only_its_own_scripts(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"] == f"{gateway.url}/static/"
    assert "unsafe-inline" not in rules["script-src"]
    assert "*" not in policy


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-1._X", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("a b", False),
        ("<x>", False),
        ("\u00e9", False),
    ],
)
async def test_only_a_plain_request_id_is_accepted(gateway: GatewayProcess, given: str, kept: bool) -> None:
    async with gateway.browser() as client:
        answered = await client.get(
            "/version", headers={b"X-Request-ID": given.encode("latin1"), b"X-API-Key": KEY.encode()}
        )
    got = answered.headers["x-request-id"]
    assert (got == given) is kept
    assert ["x-request-id", got] in answered.json()["headers"]
