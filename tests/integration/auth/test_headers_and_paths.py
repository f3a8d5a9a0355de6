"""What reaches the services and what never does: headers, paths, methods, framing."""

import asyncio
import json

import h2.config
import h2.connection
import h2.events
import pytest

from tests.support.auth import KEY, GatewayProcess

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


def request(gateway: GatewayProcess, target: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A request with the key, as bytes."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {gateway.host}", f"X-API-Key: {KEY}", *lines, "", ""]
    return "\r\n".join(head).encode("latin1") + body


async def answer(gateway: GatewayProcess, data: bytes) -> tuple[int, bytes]:
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


@pytest.mark.parametrize("line", FORGED)
async def test_forged_header_never_reaches_the_service(gateway: GatewayProcess, line: str) -> None:
    status, body = await answer(gateway, request(gateway, "/version", line, "Connection: close"))
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


PATHS: dict[str, int] = {
    "/version": 200,
    "/version?a=/../b//c": 200,
    "/files/a/b.txt": 200,
    "/files/": 200,
    "/files/dir/": 200,
    "/files/na%20me.txt": 200,
    "/files/%C3%A9.txt": 200,
    "/files/a+b@c~d,e;f=g'(h)!*": 200,
    "/files/%7Ehome": 200,
    "/files/.hidden": 200,
    "/files/a..b": 200,
    "/files/...": 200,
    "/files": 404,
    "/sessions/": 404,
    "/Version": 404,
    "/VERSION": 404,
    "/version/": 404,
    "//version": 404,
    "/version//": 404,
    "/./version": 404,
    "/x/../version": 404,
    "/files/../version": 404,
    "/files/..": 404,
    "/files/.": 404,
    "/files/a/../../x": 404,
    "/files/%2e%2e/version": 404,
    "/files/%2E%2E%2Fversion": 404,
    "/files/..%2fversion": 404,
    "/files/a%2fb": 404,
    "/files/a%5cb": 404,
    "/files/a\\b": 404,
    "/files//a": 404,
    "/files/a//b": 404,
    "/files/%00": 404,
    "/files/a%0d%0aX: y": 404,
    "/files/%ff": 404,
    "/files/%c0%ae%c0%ae/": 404,
    "/files/%zz": 404,
    "/files/%": 404,
    "/files/%252e%252e/": 200,
    "/%76ersion": 404,
    "/ver%73ion": 404,
    "/version%20": 404,
    "/version;x=y": 404,
    "/version.json": 404,
    "/version#x": 404,
    "/admin": 404,
    "/.env": 404,
    "/.git/config": 404,
    "/static/../query": 404,
    "/auth": 404,
    "/auth/": 404,
    "/auth/static/": 404,
    "/auth/static/../templates/base.html": 404,
    "/auth/static/..%2fapp.py": 404,
    "/sessions/x/y": 404,
    "/sessions/x/messages/y/z": 404,
    "/m/..": 404,
    "version": 400,
    "*": 400,
    "http://evil.example/version": 404,
    "http:version": 400,
    "/files/" + "a" * 5000: 404,
    "?": 400,
}  # fmt: skip


@pytest.mark.parametrize("target", PATHS)
async def test_unusual_paths_are_refused_or_forwarded_unchanged(gateway: GatewayProcess, target: str) -> None:
    status, body = await answer(gateway, request(gateway, target, "Connection: close"))
    expected = PATHS[target]
    if expected == 200:
        assert status == 200
        assert json.loads(body)["target"] == target
    else:
        assert status in {expected, 400, 404}
        assert b'"upstream"' not in body


METHODS: dict[tuple[str, str], int] = {
    ("TRACE", "/version"): 405,
    ("TRACK", "/version"): 405,
    ("OPTIONS", "/version"): 405,
    ("OPTIONS", "/query"): 405,
    ("CONNECT", "/version"): 405,
    ("POST", "/version"): 405,
    ("GET", "/query"): 405,
    ("PUT", "/query"): 405,
    ("PATCH", "/files/x"): 405,
    ("POST", "/health"): 405,
    ("DELETE", "/"): 405,
    ("POST", "/"): 405,
    ("PROPFIND", "/files/x"): 405,
    ("get", "/version"): 405,
    ("HEAD", "/version"): 200,
    ("HEAD", "/health"): 200,
    ("HEAD", "/health/live"): 200,
    ("DELETE", "/sessions/x"): 200,
    ("PATCH", "/sessions/x"): 200,
    ("DELETE", "/files/x"): 200,
}


@pytest.mark.parametrize(("method", "path"), METHODS)
async def test_only_the_methods_of_a_path_are_served(gateway: GatewayProcess, method: str, path: str) -> None:
    status, body = await answer(gateway, request(gateway, path, "Connection: close", method=method))
    # Hypercorn converts methods to upper case.
    assert status == (200 if method == "get" else METHODS[method, path])
    if method == "HEAD":
        assert body == b""


CHUNKED = "Transfer-Encoding: chunked"
FRAMES: dict[str, tuple[list[str], bytes, set[int]]] = {
    "both lengths": (["Content-Length: 4", CHUNKED], b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n", {0, 400}),
    "two lengths": (["Content-Length: 4", "Content-Length: 5"], b"abcde", {0, 400}),
    "list of lengths": (["Content-Length: 4, 5"], b"abcde", {0, 400}),
    "negative length": (["Content-Length: -1"], b"", {0, 400}),
    "signed length": (["Content-Length: +4"], b"abcd", {0, 400}),
    "hex length": (["Content-Length: 0x4"], b"abcd", {0, 400}),
    "unknown encoding": (["Transfer-Encoding: gzip"], b"", {0, 400, 501}),
    "odd encoding": (["Transfer-Encoding: xchunked"], b"0\r\n\r\n", {0, 400, 501}),
    "encoding twice": ([CHUNKED, CHUNKED], b"0\r\n\r\n", {0, 400, 501}),
    "chunked, then identity": (["Transfer-Encoding: chunked, identity"], b"0\r\n\r\n", {0, 400, 501}),
    "encoding after tab": (["Transfer-Encoding:\tchunked"], b"2\r\n{}\r\n0\r\n\r\n", {200}),
    "folded header": (["X-A: b", " c"], b"", {0, 200, 400}),
    "bad chunk size": ([CHUNKED], b"zz\r\n{}\r\n0\r\n\r\n", {0, 400}),
    "chunk extension": ([CHUNKED], b"2;a=b\r\n{}\r\n0\r\n\r\n", {200}),
    "trailers": ([CHUNKED], b"2\r\n{}\r\n0\r\nX-Forwarded-User: root\r\n\r\n", {200}),
    "chunked": ([CHUNKED], b"2\r\n{}\r\n0\r\n\r\n", {200}),
    "length": (["Content-Length: 2"], b"{}", {200}),
    "nul in a header": (["X-A: b\0c"], b"", {0, 400}),
    "bare line feed": (["X-A: b\nX-Forwarded-User: root"], b"", {0, 200, 400}),
    "no name": ([": x"], b"", {0, 400}),
}


@pytest.mark.parametrize("name", FRAMES)
async def test_ambiguous_framing_is_refused(gateway: GatewayProcess, name: str) -> None:
    lines, body, statuses = FRAMES[name]
    sent = request(
        gateway, "/query", *lines, "Content-Type: application/json", "Connection: close", method="POST", body=body
    )
    status, text = await answer(gateway, sent)
    assert status in statuses
    if status == 200:
        seen = json.loads(text)
        assert dict(seen["headers"])["x-forwarded-user"] == "ci"
        assert seen["length"] == (2 if b"{}" in body else 0)


async def test_nothing_is_smuggled_to_the_next_request(gateway: GatewayProcess) -> None:
    """A request hidden in the body of another is part of that body or a request of its own."""
    hidden = f"GET /auth/login HTTP/1.1\r\nHost: {gateway.host}\r\n\r\n".encode()
    first = request(gateway, "/query", f"Content-Length: {len(hidden)}", method="POST", body=hidden)
    text = await gateway.raw(first + request(gateway, "/version", "Connection: close"), until_closed=True)
    assert text.count(b"HTTP/1.1 ") == 2
    assert b"<!doctype" not in text


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
