"""The gateway as the real `python -m auth` process, with stand-ins for the services behind it and for Resend."""

import asyncio
import base64
import hashlib
import itertools
import json
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest_asyncio

from tests.support.deployment import LINK
from tests.support.network import NO_TLS, free_port
from tests.support.process import Process, running
from tests.support.waiting import until

TIMEOUT = 30.0
KEY = "0f8b51a7c2d94e6688b1f3"
"""The API key `ci` of the shared gateway."""
HASHED_KEY = "9d41c0a5e7f24b3a8c6d12"
"""The API key `hashed`, configured as a hash."""
NAMED_KEY = "51c0ffee5a1e4b7d92aa33"
"""The API key of ada@example.com."""
NO_MAIL = {"RESEND_API_KEY": "", "EMAIL_FROM": "", "RESEND_API_URL": ""}
"""Without mail the gateway prints its links. That is enough for most tests, and starts faster."""
_ips = itertools.count(1)
_names = itertools.count(1)


def fresh_ip() -> str:
    """An address in a network that no test has used yet."""
    number = next(_ips)
    return f"10.{number // 250}.{number % 250}.1"


def fresh_address(domain: str = "example.com") -> str:
    """An email address that no test has used yet."""
    return f"user{next(_names)}@{domain}"


@dataclass(slots=True, kw_only=True)
class GatewayProcess:
    """A running gateway."""

    folder: Path
    port: int
    environment: dict[str, str]
    process: Process | None = None
    kept_connections: int | None = None
    """How many idle connections a browser keeps; None: all."""
    secrets: set[str] = field(default_factory=set)
    """What no log and no database may contain: the secrets that the tests have seen."""
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def log(self) -> Path:
        return self.folder / "gateway.log"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "auth" / "auth.db"

    def audit(self) -> list[dict[str, Any]]:
        """The lines of audit.jsonl."""
        lines = (self.folder / "data" / "auth" / "audit.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def mails(self, to: str, subject: str = "Sign in") -> list[dict[str, Any]]:
        """The mails that Resend received for this address."""
        file = self.folder / "mails.jsonl"
        mails = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [mail for mail in mails if mail["to"] == [to] and mail["subject"].startswith(subject)]

    def mailed_link(self, address: str) -> str:
        """The newest link that was mailed to the address, or printed if there is no mail, on this gateway's URL."""
        if "RESEND_API_KEY" not in self.environment:
            return self.local(self.printed_links()[-1])
        return self.local(LINK.findall(self.mails(address)[-1]["text"])[-1])

    def mailed_links(self, address: str) -> list[str]:
        """All links that were mailed to the address."""
        return [link for mail in self.mails(address) for link in LINK.findall(mail["text"])]

    def printed_links(self) -> list[str]:
        """The links that the gateway printed."""
        return LINK.findall(self.log.read_text()) if self.log.exists() else []

    async def first_link(self) -> str:
        """The link printed at start-up, a moment after the gateway answers."""
        await until(self.printed_links)
        return self.printed_links()[0]

    def local(self, link: str) -> str:
        """The link with the gateway's URL instead of PUBLIC_URL."""
        return self.url + link[link.index("/auth/verify") :]

    @asynccontextmanager
    async def browser(self, ip: str | None = None, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
        """A client with its own cookies and its own IP address, which follows no redirects."""
        sent = {"X-Forwarded-For": ip or fresh_ip(), **{name.replace("_", "-"): text for name, text in headers.items()}}
        limits = httpx2.Limits(max_keepalive_connections=self.kept_connections)
        async with httpx2.AsyncClient(
            base_url=self.url, headers=sent, timeout=TIMEOUT, trust_env=False, limits=limits, verify=NO_TLS
        ) as client:
            yield client

    async def sign_in(self, client: httpx2.AsyncClient, address: str | None = None) -> str:
        """Signs the client in; returns the address."""
        address = address or fresh_address()
        asked = await client.post("/auth/start", json={"email": address})
        assert asked.status_code == httpx2.codes.NO_CONTENT, asked.text
        opened = await client.get(self.mailed_link(address))
        assert (opened.status_code, opened.headers.get("location")) == (302, "/"), opened.text
        self.secrets.update(cookie.value for cookie in client.cookies.jar if cookie.value)
        return address

    @asynccontextmanager
    async def signed_in(self, address: str | None = None, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
        """A browser that is signed in."""
        async with self.browser(**headers) as client:
            await self.sign_in(client, address)
            yield client

    async def raw(self, data: bytes, *, until_closed: bool = False) -> bytes:
        """The response to these bytes: the head of the first one, or everything until the gateway disconnects."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            async with asyncio.timeout(TIMEOUT):
                if until_closed:
                    return await reader.read(-1)
                return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return b""
        finally:
            writer.close()

    def leaks(self) -> list[str]:
        """The secrets that are in a log, the audit or the database; call it after the gateway has stopped."""
        known = {KEY, HASHED_KEY, NAMED_KEY, *self.secrets}
        known |= {value for name, value in self.environment.items() if "SECRET" in name or name == "RESEND_API_KEY"}
        mails = self.folder / "mails.jsonl"
        if mails.exists():
            known.update(link.partition("?t=")[2] for link in LINK.findall(mails.read_text()))
        # The id of a token is secret too.
        known |= {_id_of(secret) for secret in known if secret.count(".") == 2}
        files = [self.log, *(path for path in (self.folder / "data").rglob("*") if path.is_file())]
        return [
            f"{path.name}: {secret[:12]}…"
            for path in files
            for content in [path.read_bytes()]
            for secret in known
            if secret and secret.encode() in content
        ]

    async def start(self) -> None:
        """Starts the process and returns when it answers."""
        self._running = AsyncExitStack()
        self.process = await self._running.enter_async_context(
            running("auth", self.environment, ready=self._answers, log=self.log)
        )

    async def stop(self) -> None:
        """Stops the process like a supervisor."""
        await self._running.aclose()

    async def kill(self) -> None:
        """Kills the process."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        await self._running.aclose()

    async def _answers(self) -> bool:
        try:
            async with httpx2.AsyncClient(trust_env=False, verify=NO_TLS) as client:
                return (await client.get(f"http://127.0.0.1:{self.port}/health/live")).status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False


@asynccontextmanager
async def running_upstreams(folder: Path, mail_port: int) -> AsyncIterator[int]:
    """Runs the stand-ins for the services and for Resend; yields their process id."""
    environment = {
        "RUN_DIR": str(folder / "run"),
        "MAIL_PORT": str(mail_port),
        "MAIL_FILE": str(folder / "mails.jsonl"),
    }

    async def ready() -> bool:
        try:
            for name in ("api", "tui"):
                _, writer = await asyncio.open_unix_connection(folder / "run" / f"{name}.sock")
                writer.close()
            _, writer = await asyncio.open_connection("127.0.0.1", mail_port)
            writer.close()
        except OSError:
            return False
        return True

    async with running(
        "tests.support.echo_upstreams", environment, ready=ready, log=folder / "upstreams.log"
    ) as upstreams:
        yield upstreams.pid


def gateway_environment(folder: Path, port: int, mail_port: int, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a gateway: its folders, the mail service, and these settings; empty ones are left unset."""
    environment = {
        "PORT": str(port),
        "RUN_DIR": str(folder / "run"),
        "DATA_DIR": str(folder / "data"),
        "RESEND_API_KEY": "re_stand_in_key",
        "RESEND_API_URL": f"http://127.0.0.1:{mail_port}",
        "EMAIL_FROM": "Claude <login@example.com>",
        "TRUSTED_PROXIES": "127.0.0.0/8,::1",
        "MAILS_PER_HOUR": "100000",
        **settings,
    }
    return {name: value for name, value in environment.items() if value != ""}


@asynccontextmanager
async def running_auth(
    settings: Mapping[str, str] | None = None, *, has_upstreams: bool = True, **more: str
) -> AsyncIterator[GatewayProcess]:
    """Runs a gateway with these settings; empty ones are left unset.

    Args:
        has_upstreams: whether stand-ins for the services run behind it.
    """
    folder = Path(tempfile.mkdtemp(prefix="gateway-"))
    (folder / "run").mkdir()
    port, mail_port = free_port(), free_port()
    environment = gateway_environment(folder, port, mail_port, {**(settings or {}), **more})
    gateway = GatewayProcess(folder=folder, port=port, environment=environment)
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if has_upstreams:
            await stack.enter_async_context(running_upstreams(folder, mail_port))
        await gateway.start()
        try:
            yield gateway
        finally:
            await gateway.stop()
        assert gateway.leaks() == []


def _id_of(token: str) -> str:
    """The id in a token."""
    body = token.split(".")[1]
    id_: str = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["jti"]
    return id_


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


SHARED = {
    "ALLOWED_DOMAINS": "example.com",
    "ALLOWED_EMAILS": "Guest@Elsewhere.org",
    "CLAUDE_CODE_SDK_CONTAINER_API_KEY": f"ci:{KEY},ada@example.com:{NAMED_KEY},hashed:sha256:{_sha256(HASHED_KEY)}",
    "MAX_TABS": "3",
    "MAX_UPLOAD_MB": "2",
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway() -> AsyncIterator[GatewayProcess]:
    """One gateway for the whole run, with mail, three API keys, and example.com and one more address allowed."""
    async with running_auth(SHARED) as running_gateway:
        yield running_gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_gateway() -> AsyncIterator[GatewayProcess]:
    """A gateway with default settings: no key, no mail, no PUBLIC_URL."""
    async with running_auth(RESEND_API_KEY="", EMAIL_FROM="", RESEND_API_URL="") as running_gateway:
        yield running_gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def public_gateway() -> AsyncIterator[GatewayProcess]:
    """A gateway under https://claude.example.com."""
    async with running_auth(
        PUBLIC_URL="https://claude.example.com", ALLOWED_DOMAINS="example.com", BIND="127.0.0.1"
    ) as running_gateway:
        yield running_gateway


async def request_link(gateway: GatewayProcess, client: httpx2.AsyncClient, address: str | None = None) -> str:
    """Requests a link; returns it."""
    address = address or fresh_address()
    assert (await client.post("/auth/start", json={"email": address})).status_code == 204
    return gateway.mailed_link(address)


def token_of(link: str) -> str:
    return link.partition("?t=")[2]
