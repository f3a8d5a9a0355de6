"""The Host and Origin headers that the gateway accepts."""

import pytest

from tests.support.auth import KEY, GatewayProcess

PAGE = {"Accept": "text/html"}
JSON = {"Content-Type": "application/json"}

FOREIGN = [
    "evil.example",
    "localhost.evil.example",
    "evil.example:{port}",
    "localhost:{port}.evil.example",
    "localhost@evil.example",
    "evil.example#localhost",
    "127.0.0.1.nip.io:{port}",
    "localhost:{port},evil.example",
    "local host",
    "localhost.",
    "LOCALHOST.evil.example",
    "[::1].evil.example",
    "[fe80::1]",
    "10.0.0.1:{port}",
    "0.0.0.0:{port}",
    "",
    "%6cocalhost",
    "localhost:99999999",
    "localhost\\evil.example",
    "xn--lcalhost-54a.example",
    ".",
    "a..b",
]


def under(host: str, path: str, *more: str, method: str = "GET") -> bytes:
    """A request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *more, "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/auth/login", "/"])
async def test_foreign_host_on_loopback_is_refused(open_gateway: GatewayProcess, host: str, path: str) -> None:
    answer = await open_gateway.raw(under(host.format(port=open_gateway.port), path), until_closed=True)
    assert answer.startswith((b"HTTP/1.1 421", b"HTTP/1.1 400"))
    if b" 421" in answer[:20]:
        assert b"PUBLIC_URL" in answer
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "127.9.9.9", "LOCALHOST:1"]
)
async def test_any_loopback_host_while_public_url_is_unset(open_gateway: GatewayProcess, host: str) -> None:
    answer = await open_gateway.raw(under(host.format(port=open_gateway.port), "/auth/login"))
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("claude.example.com", 200),
        ("CLAUDE.example.COM", 200),
        ("claude.example.com:443", 200),
        ("claude.example.com:80", 421),
        ("claude.example.com:8080", 421),
        ("localhost", 421),
        ("127.0.0.1", 421),
        ("www.claude.example.com", 421),
        ("claude.example.com.", 421),
        ("claude.example.com.evil.example", 421),
        ("evil.example", 421),
    ],
)
async def test_only_the_host_of_public_url_is_served(public_gateway: GatewayProcess, host: str, status: int) -> None:
    answer = await public_gateway.raw(under(host, "/auth/login"))
    assert answer.startswith(f"HTTP/1.1 {status}".encode())


async def test_forwarded_host_is_ignored(public_gateway: GatewayProcess) -> None:
    for header in (
        "X-Forwarded-Host: claude.example.com",
        "Forwarded: host=claude.example.com",
        "X-Host: claude.example.com",
    ):
        answer = await public_gateway.raw(under("evil.example", "/auth/login", header))
        assert answer.startswith(b"HTTP/1.1 421")


async def test_two_hosts_are_refused(open_gateway: GatewayProcess) -> None:
    answer = await open_gateway.raw(under(open_gateway.host, "/auth/login", "Host: evil.example"))
    assert answer.startswith(b"HTTP/1.1 400")


async def test_health_under_any_host(public_gateway: GatewayProcess) -> None:
    for path in ("/health", "/health/live"):
        assert (await public_gateway.raw(under("10.1.2.3", path))).startswith(b"HTTP/1.1 200")


async def test_api_key_under_any_host(gateway: GatewayProcess) -> None:
    answer = await gateway.raw(under("gateway.internal", "/version", f"X-API-Key: {KEY}"))
    assert answer.startswith(b"HTTP/1.1 200")


async def test_plain_http_is_redirected_to_https(public_gateway: GatewayProcess) -> None:
    proto = "X-Forwarded-Proto: http"
    answer = await public_gateway.raw(under("claude.example.com", "/auth/login", proto))
    assert answer.startswith(b"HTTP/1.1 308")
    assert b"\r\nlocation: https://claude.example.com/auth/login\r\n" in answer


async def test_hsts_only_on_https(public_gateway: GatewayProcess, open_gateway: GatewayProcess) -> None:
    assert b"strict-transport-security: max-age=31536000" in await public_gateway.raw(under("x", "/health"))
    assert b"strict-transport-security" not in await open_gateway.raw(under("x", "/health"))


# The API without a configured key: programs may call it, pages of other sites may not.
PUBLIC: dict[str, tuple[str, str, dict[str, str], int]] = {
    "curl": ("POST", "/query", JSON, 200),
    "curl by address": ("POST", "/query", {**JSON, "Host": "192.168.1.5:8080"}, 200),
    "json with charset": ("POST", "/query", {"Content-Type": "application/json; charset=utf-8"}, 200),
    "its own page": ("POST", "/query", {**JSON, "Origin": "{url}", "Sec-Fetch-Site": "same-origin"}, 200),
    "typed in the address bar": ("GET", "/sessions", {"Sec-Fetch-Site": "none"}, 200),
    "a rebound name": ("POST", "/query", {**JSON, "Host": "evil.example:8080"}, 421),
    "a rebound name, reading": ("GET", "/sessions", {"Host": "evil.example:8080"}, 421),
    "another site": ("POST", "/query", {**JSON, "Origin": "https://evil.example"}, 403),
    "another site by address": ("POST", "/query", {**JSON, "Origin": "http://192.168.1.9"}, 403),
    "another port": ("POST", "/query", {**JSON, "Origin": "http://localhost:1"}, 403),
    "a sandboxed page": ("POST", "/query", {**JSON, "Origin": "null"}, 403),
    "cross-site": ("POST", "/query", {**JSON, "Sec-Fetch-Site": "cross-site"}, 403),
    "same-site": ("POST", "/query", {**JSON, "Sec-Fetch-Site": "same-site"}, 403),
    "reading from another site": ("GET", "/sessions", {"Sec-Fetch-Site": "cross-site"}, 403),
    "a form": ("POST", "/query", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "plain text": ("POST", "/query", {"Content-Type": "text/plain"}, 415),
    "multipart": ("POST", "/query", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    "json in a parameter": ("POST", "/query", {"Content-Type": "text/plain; application/json"}, 415),
    "no type": ("POST", "/query", {}, 415),
    "deleting from another site": ("DELETE", "/sessions/x", {"Origin": "https://evil.example"}, 403),
    "a preflight": ("OPTIONS", "/query", {"Origin": "https://evil.example"}, 405),
}


@pytest.mark.parametrize("name", PUBLIC)
async def test_public_api_admits_programs_and_refuses_other_sites(open_gateway: GatewayProcess, name: str) -> None:
    method, path, headers, status = PUBLIC[name]
    sent = {key: value.format(url=open_gateway.url) for key, value in headers.items()}
    async with open_gateway.browser() as client:
        answer = await client.request(method, path, headers=sent, content=b"{}" if method == "POST" else None)
    assert answer.status_code == status, answer.text
    assert "access-control-allow-origin" not in answer.headers
    if status == 200:
        assert ["x-forwarded-user", "public"] in answer.json()["headers"]


async def test_public_api_accepts_requests_without_a_body(open_gateway: GatewayProcess) -> None:
    async with open_gateway.browser() as client:
        assert (await client.post("/sessions/x/interrupt")).status_code == 200


async def test_api_without_a_key_is_not_public_on_a_public_url(public_gateway: GatewayProcess) -> None:
    async with public_gateway.browser(Host="claude.example.com") as client:
        answer = await client.post("/query", json={"prompt": "x"})
    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized - Invalid or missing API key"


async def test_login_is_accepted_from_our_pages_only(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        for headers, status in (
            ({}, 200),
            ({"Origin": gateway.url}, 200),
            ({"Origin": gateway.url, "Sec-Fetch-Site": "same-origin"}, 200),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Host": "evil.example"}, 421),
        ):
            sent = {**headers, "Cookie": f"sid={client.cookies['sid']}"}
            answer = await client.post("/query", json={"prompt": "x"}, headers=sent)
            assert answer.status_code == status, headers
    assert "forbidden_origin" in {line["event"] for line in gateway.audit()}
