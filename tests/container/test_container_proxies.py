"""The proxy configurations of deploy/ in real proxies: sign-in, WebSockets, streams and client addresses."""

import base64
import http.client
import json
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.support.container import KEYS, Container, docker, running
from tests.support.network import free_port
from tests.support.process import ROOT

HOST = "claude.example.com"
CLIENT = "127.0.0.2"
"""The address of the browser; the proxy connects from 127.0.0.1."""
PROXY_IMAGE = "claude-code-sdk-container-test:proxies"


def nginx(port: int, deployment: Container) -> tuple[str, str]:
    """Returns the configuration of deploy/ with other ports, and the command that runs nginx with it."""
    server = (ROOT / "deploy/nginx.conf").read_text().replace("8080", str(deployment.port)).replace("443", str(port))
    whole = f"events {{}}\nhttp {{\n{server}\n}}\n"
    return whole, "nginx -c /tmp/config -g 'daemon off;'"


def caddy(port: int, deployment: Container) -> tuple[str, str]:
    """Returns the same for Caddy, with a local certificate instead of a requested one."""
    site = (ROOT / "deploy/Caddyfile").read_text().replace("8080", str(deployment.port))
    site = site.replace(f"{HOST} {{", f"{HOST}:{port} {{\n\ttls /etc/ssl/claude.pem /etc/ssl/claude.key", 1)
    return f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}", "caddy run --config /tmp/config --adapter caddyfile"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy with TLS in front of a deployment."""

    port: int
    deployment: Container

    def connect(self) -> ssl.SSLSocket:
        """Connects as a browser does, without checking the certificate's host name."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(CLIENT, 0))
        return context.wrap_socket(plain, server_hostname=HOST)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> http.client.HTTPResponse:
        """Sends one request; header names are written with `_` instead of `-`."""
        connection = http.client.HTTPConnection(HOST)
        connection.sock = self.connect()
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | {"connection": "close"}
        connection.request(method, path, body.encode() or None, sent)
        return connection.getresponse()

    def is_up(self) -> bool:
        try:
            with self.ask("GET", "/health") as answer:
                return answer.status == http.client.OK
        except OSError:
            return False

    def sign_in(self) -> str:
        """Signs Ada in with a link; returns the cookie."""
        link = re.search(r"/auth/verify\?t=(\S+)", self.deployment.run("login-link", "ada@example.com"))
        assert link
        form, origin = urlencode({"t": link[1]}), f"https://{HOST}"
        kind = "application/x-www-form-urlencoded"
        with self.ask("POST", "/auth/verify", form, origin=origin, content_type=kind) as answer:
            assert answer.status == http.client.SEE_OTHER, answer.read()
            return str(answer.headers["set-cookie"]).partition(";")[0]


@pytest.fixture(scope="module")
def proxied() -> Iterator[Container]:
    """A deployment configured for the proxy's public URL and address."""
    settings = {"PUBLIC_URL": f"https://{HOST}", "TRUSTED_PROXIES": "127.0.0.1/32", "ALLOWED_EMAILS": "ada@example.com"}
    with running(CLAUDE_CODE_SDK_CONTAINER_API_KEY=f"ada:{KEYS['ada']}", **settings) as container:
        yield container


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, proxied: Container) -> Iterator[Proxy]:
    """A running proxy."""
    folder = str(ROOT / "tests/container/proxies")
    docker("build", "--network=host", "--tag", PROXY_IMAGE, folder, seconds=300)
    started = Proxy(free_port(), proxied)
    config, command = request.param(started.port, proxied)
    name = f"test-{uuid4().hex[:12]}"
    script = f'printf "%s" "$CONFIG" >/tmp/config && exec {command}'
    docker(
        "run",
        "--detach",
        "--name",
        name,
        "--network=host",
        "--env",
        f"CONFIG={config}",
        PROXY_IMAGE,
        "sh",
        "-c",
        script,
    )
    try:
        deadline = time.monotonic() + 30
        while not started.is_up():
            assert time.monotonic() < deadline, docker("logs", name).stderr
            time.sleep(0.1)
        yield started
    finally:
        docker("rm", "--force", name)


def test_a_browser_signs_in_and_its_address_is_audited(proxy: Proxy) -> None:
    cookie = proxy.sign_in()
    assert cookie.startswith("__Host-sid=")
    with proxy.ask("GET", "/auth/user", cookie=cookie) as answer:
        assert json.load(answer) == {"email": "ada@example.com"}
    audited = proxy.deployment.run("sh", "-c", "grep login_ok /data/auth/audit.jsonl | tail -1", user="gateway")
    assert CLIENT in audited


def test_a_tab_gets_its_websocket_and_its_screen(proxy: Proxy) -> None:
    cookie, key = proxy.sign_in(), base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET /ws?width=80&height=24&tab={uuid4()} HTTP/1.1",
        *(f"Host: {HOST}", f"Origin: https://{HOST}", f"Cookie: {cookie}"),
        *("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"),
    )
    with proxy.connect() as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        received = b""
        while b"\x1b[" not in received:  # the first output of the terminal app
            try:
                part = connection.recv(65536)
            except TimeoutError:
                part = b""
            assert part, received
            received += part
    assert received.startswith(b"HTTP/1.1 101")


def test_an_answer_streams_word_by_word(proxy: Proxy) -> None:
    body = json.dumps({"prompt": "demo:stream 10 200", "stream": True})
    key = KEYS["ada"]
    with proxy.ask("POST", "/query", body, x_api_key=key, content_type="application/json") as answer:
        assert answer.status == http.client.OK
        times = [time.monotonic() for line in answer if line.startswith(b"event: text_delta")]
    assert len(times) >= 5
    assert times[-1] - times[0] > 1, "the proxy buffered the answer"


def test_a_forged_client_address_is_ignored(proxy: Proxy) -> None:
    for _ in range(2):
        with proxy.ask("GET", "/sessions", x_api_key="wrong", x_forwarded_for="203.0.113.9") as answer:
            assert answer.status == http.client.UNAUTHORIZED
    audited = proxy.deployment.run("sh", "-c", "grep key_failed /data/auth/audit.jsonl | tail -1", user="gateway")
    assert "203.0.113.9" not in audited
    assert CLIENT in audited
