"""The paths, methods and message framings that the gateway accepts."""

import json

import pytest

from tests.support.auth import GatewayProcess
from tests.support.raw_http import raw_answer, raw_request

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
    status, body = await raw_answer(gateway, raw_request(gateway, target, "Connection: close"))
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
    status, body = await raw_answer(gateway, raw_request(gateway, path, "Connection: close", method=method))
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
    sent = raw_request(
        gateway, "/query", *lines, "Content-Type: application/json", "Connection: close", method="POST", body=body
    )
    status, text = await raw_answer(gateway, sent)
    assert status in statuses
    if status == 200:
        seen = json.loads(text)
        assert dict(seen["headers"])["x-forwarded-user"] == "ci"
        assert seen["length"] == (2 if b"{}" in body else 0)


async def test_nothing_is_smuggled_to_the_next_request(gateway: GatewayProcess) -> None:
    """A request hidden in the body of another is part of that body or a request of its own."""
    hidden = f"GET /auth/login HTTP/1.1\r\nHost: {gateway.host}\r\n\r\n".encode()
    first = raw_request(gateway, "/query", f"Content-Length: {len(hidden)}", method="POST", body=hidden)
    text = await gateway.raw(first + raw_request(gateway, "/version", "Connection: close"), until_closed=True)
    assert text.count(b"HTTP/1.1 ") == 2
    assert b"<!doctype" not in text
