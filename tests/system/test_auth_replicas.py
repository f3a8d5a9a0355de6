"""Replicas of the gateway on one PostgreSQL act as one, and let nobody in during an outage."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from httpx2.websockets import AsyncWebSocketSession
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from auth.login.tokens import LEEWAY
from auth.settings import read_settings
from auth.storage.clock_skew import describe_clock_skew
from auth.storage.database import open_database
from tests.support.auth import KEY, GatewayProcess, fresh_address, fresh_ip, running_auth
from tests.support.command import run
from tests.support.cuttable_proxy import CuttableProxy, running_cuttable_proxy
from tests.support.postgres import Postgres
from tests.support.tab_socket import closed_with, socket
from tests.support.waiting import until

PAGE = {"Accept": "text/html"}
SETTINGS = {"ALLOWED_DOMAINS": "example.com", "CLAUDE_CODE_SDK_CONTAINER_API_KEY": f"ci:{KEY}"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replicas behind one balancer."""

    a: GatewayProcess
    b: GatewayProcess
    url: str
    """The URL of their database."""


@asynccontextmanager
async def running_pair(url: str) -> AsyncIterator[Pair]:
    async with running_auth(SETTINGS, DATABASE_URL=url) as a, running_auth(SETTINGS, DATABASE_URL=url) as b:
        yield Pair(a, b, url)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(postgres: Postgres) -> AsyncIterator[Pair]:
    """One pair for all tests of this module."""
    async with running_pair(await postgres.make_database()) as running:
        yield running


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]
    finally:
        await engine.dispose()


async def change(url: str, statement: str) -> None:
    """Changes the database directly."""
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


@asynccontextmanager
async def tab_at(gateway: GatewayProcess, client: httpx2.AsyncClient) -> AsyncIterator[AsyncWebSocketSession]:
    """A tab with its first screen."""
    async with socket(gateway, client) as tab:
        await tab.receive_text()
        yield tab


async def test_link_of_one_replica_works_on_another(pair: Pair) -> None:
    address = fresh_address()
    async with pair.a.browser() as client:
        assert (await client.post("/auth/start", json={"email": address})).status_code == 204
        opened = await client.get(pair.b.local(pair.a.mailed_link(address)))
        assert (opened.status_code, opened.headers["location"]) == (302, "/")
        for gateway in (pair.a, pair.b):
            assert (await client.get(f"{gateway.url}/auth/user")).json() == {"email": address}
        again = await client.get(pair.a.mailed_link(address))
        assert again.status_code == 400
        await client.post(f"{pair.b.url}/auth/logout")
        assert (await client.get("/auth/user")).status_code == 401


async def test_one_winner_on_two_replicas(pair: Pair) -> None:
    address = fresh_address()
    async with pair.a.browser() as client:
        await client.post("/auth/start", json={"email": address})
    token = pair.a.mailed_link(address).partition("?t=")[2]

    async def consume(gateway: GatewayProcess) -> int:
        async with gateway.browser() as racer:
            return (await racer.post("/auth/verify", data={"t": token})).status_code

    statuses = await asyncio.gather(*(consume(gateway) for gateway in (pair.a, pair.b) * 20))
    assert sorted(statuses) == [303] + [400] * 39
    assert await rows(pair.url, f"SELECT count(*) FROM door_logins WHERE address = '{address}'") == [(1,)]


async def test_three_links_of_one_address_opened_at_the_same_time(pair: Pair) -> None:
    address = fresh_address()
    for _ in range(3):
        async with pair.a.browser() as client:
            await client.post("/auth/start", json={"email": address})
    tokens = {link.partition("?t=")[2] for link in pair.a.mailed_links(address)}
    assert len(tokens) == 3

    async def consume(gateway: GatewayProcess, token: str) -> int:
        async with gateway.browser() as racer:
            return (await racer.post("/auth/verify", data={"t": token})).status_code

    gateways = (pair.a, pair.b)
    statuses = await asyncio.gather(
        *(consume(gateway, token) for gateway in gateways for token in tokens for _ in range(4))
    )
    assert sorted(statuses) == [303] + [400] * 23


async def test_limit_of_live_links_on_two_replicas(pair: Pair) -> None:
    address = fresh_address()

    async def ask(gateway: GatewayProcess) -> int:
        async with gateway.browser() as client:
            return (await client.post("/auth/start", json={"email": address})).status_code

    statuses = await asyncio.gather(*(ask(gateway) for gateway in (pair.a, pair.b) * 8))
    assert sorted(statuses) == [204] * 3 + [429] * 13


async def test_replicas_count_rate_limits_together(pair: Pair) -> None:
    ip = fresh_ip()
    statuses = []
    for gateway in (pair.a, pair.b) * 6:
        async with gateway.browser(ip=ip) as client:
            statuses.append((await client.post("/auth/start", json={"email": fresh_address()})).status_code)
    assert statuses == [204] * 10 + [429] * 2

    async def guess(gateway: GatewayProcess) -> int:
        async with gateway.browser(ip=ip) as client:
            return (await client.get("/version", headers={"X-API-Key": "wrong"})).status_code

    guesses = await asyncio.gather(*(guess(gateway) for gateway in (pair.a, pair.b) * 10))
    assert sorted(guesses) == [401] * 10 + [429] * 10
    async with pair.b.browser(ip=ip) as client:
        assert (await client.get("/version", headers={"X-API-Key": KEY})).status_code == 200


@pytest.mark.parametrize("how", ["/auth/logout", "/auth/logout-all", "signing in again"])
async def test_logout_on_one_replica_closes_sockets_on_another(pair: Pair, how: str) -> None:
    async with pair.a.signed_in() as client, tab_at(pair.b, client) as tab:
        async with asyncio.timeout(5):
            if how.startswith("/"):
                await client.post(how)
            else:
                await pair.a.sign_in(client, fresh_address())
            assert (await closed_with(tab)).code == 4401


async def test_replicas_share_audit_and_secret(pair: Pair) -> None:
    address = fresh_address()
    async with pair.a.browser() as client:
        await pair.a.sign_in(client, address)
        await client.post(f"{pair.b.url}/auth/logout")

    async def is_written() -> bool:
        found = await rows(pair.url, f"SELECT event FROM door_audit WHERE address = '{address}' ORDER BY at")
        return found == [("login_link_sent",), ("login_ok",), ("logout",)]

    await until(is_written)
    secrets = await rows(pair.url, "SELECT name, secret FROM door_secrets ORDER BY name DESC")
    assert [name for name, _ in secrets] == ["session", "mark"]
    everything = str([await rows(pair.url, f"SELECT * FROM door_{name}") for name in ("links", "logins", "audit")])
    assert not [secret for secret in pair.a.secrets | {str(secrets[0][1])} if secret in everything]


async def test_new_replica_accepts_existing_logins(pair: Pair) -> None:
    async with pair.a.signed_in() as client, running_auth(SETTINGS, has_upstreams=False, DATABASE_URL=pair.url) as late:
        assert (await client.get(f"{late.url}/auth/user")).status_code == 200


async def test_secret_is_kept_when_moving_to_postgresql(postgres: Postgres) -> None:
    async with running_auth(SETTINGS, has_upstreams=False) as gateway:
        secret = (gateway.folder / "data" / "auth" / "session_secret").read_text()
        await gateway.stop()
        gateway.environment["DATABASE_URL"] = url = await postgres.make_database()
        await gateway.start()
        assert await rows(url, "SELECT secret FROM door_secrets WHERE name = 'session'") == [(secret,)]


async def test_different_secret_is_reported_unless_it_is_being_rotated(postgres: Postgres) -> None:
    old, new = "5d0a7c1e5b9a3f2d4860b1c2d3e4f5a6", "9b1e7c1e5b9a3f2d4860b1c2d3e4f5a6"
    url = await postgres.make_database()
    said = "SESSION_SECRET: another replica on this database signs with another secret"
    async with running_auth(SETTINGS, has_upstreams=False, DATABASE_URL=url, SESSION_SECRET=old) as gateway:
        assert (await run("auth", "doctor", **gateway.environment)).output.count(said) == 0
        rotated = {"SESSION_SECRET": new, "SESSION_SECRET_PREVIOUS": old}
        for wanted, secrets in ((0, rotated), (0, {"SESSION_SECRET": new}), (1, {"SESSION_SECRET": old}), (1, {})):
            async with running_auth({**SETTINGS, **secrets}, has_upstreams=False, DATABASE_URL=url) as other:
                assert other.log.read_text().count(said) == wanted, secrets
        assert (await run("auth", "doctor", **gateway.environment)).output.count(said) == 1
        stored = str(await rows(url, "SELECT * FROM door_secrets"))
        assert old not in stored
        assert new not in stored


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0, None), (25, None), (-25, None), (95, "clock: 95 s ahead of"), (-95, "clock: 95 s behind the")],
)
async def test_clock_that_differs_from_the_databases_is_reported(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ahead: float, said: str | None
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", await postgres.make_database())
    async with open_database(read_settings()) as database:
        skew = await describe_clock_skew(database, allowed_seconds=LEEWAY, now=lambda: time.time() + ahead)
    assert (skew and skew[: len(said or "")]) == said


@asynccontextmanager
async def gateway_on_a_line(postgres: Postgres, **more: str) -> AsyncIterator[tuple[GatewayProcess, CuttableProxy]]:
    url = await postgres.make_database()
    async with (
        running_cuttable_proxy(postgres.folder) as line,
        running_auth({**SETTINGS, **more}, DATABASE_URL=line.url_through(url)) as gateway,
    ):
        yield gateway, line


async def test_expired_login_ends_its_socket_during_a_database_outage(postgres: Postgres) -> None:
    short = {"SESSION_MAX_HOURS": "0.002", "SESSION_IDLE_MINUTES": "0.12"}
    async with (
        gateway_on_a_line(postgres, **short) as (gateway, line),
        gateway.signed_in() as client,
        tab_at(gateway, client) as tab,
    ):
        line.cut()
        async with asyncio.timeout(15):
            assert (await closed_with(tab)).code == 4401


@pytest.mark.parametrize("how", ["cut", "hang"])
async def test_database_outage(postgres: Postgres, how: str) -> None:
    async with (
        gateway_on_a_line(postgres) as (gateway, line),
        gateway.signed_in() as client,
        tab_at(gateway, client) as tab,
    ):
        async with gateway.browser() as stranger:
            await stranger.post("/auth/start", json={"email": "late@example.com"})
            link = gateway.mailed_link("late@example.com")
        line.cut() if how == "cut" else line.hang()
        # All are refused, with the reason.
        tries = {
            "a page": client.get("/", headers=PAGE),
            "the api by login": client.get("/sessions"),
            "a link": client.get(link),
            "a button": client.post("/auth/verify", data={"t": link.partition("?t=")[2]}),
            "a start": client.post("/auth/start", json={"email": fresh_address()}),
            "a logout": client.post("/auth/logout"),
        }
        for name, answer in zip(tries, await asyncio.gather(*tries.values()), strict=True):
            assert answer.status_code == 503, name
            assert int(answer.headers["retry-after"]) > 0, name
            assert "does not answer" in answer.text, name
            assert "set-cookie" not in answer.headers, name
        # Everything that needs no database works: keys, wrong keys, pages, and open tabs.
        assert (await client.get("/version", headers={"X-API-Key": KEY})).status_code == 200
        assert (await client.get("/version", headers={"X-API-Key": "wrong"})).status_code == 401
        assert (await client.get("/health/live")).status_code == 200
        await tab.send_text("still here")
        assert await tab.receive_text() == "still here"
        if how == "cut":
            await line.restore()
        else:
            line.cut()
            await line.restore()

        async def is_back() -> bool:
            return (await client.get("/auth/user")).status_code == 200

        await until(is_back)
        assert (await client.get(link, headers=PAGE)).status_code == 200
        async with asyncio.timeout(15):
            await client.post("/auth/logout")
            assert (await closed_with(tab)).code == 4401
        log = gateway.log.read_text()
    assert "Traceback" not in log


async def test_background_jobs_survive_missing_tables(postgres: Postgres) -> None:
    url = await postgres.make_database()
    running = running_auth(SETTINGS, DATABASE_URL=url)
    async with running as gateway, gateway.signed_in() as client, tab_at(gateway, client) as tab:
        for table in ("door_logins", "door_audit"):
            await change(url, f"ALTER TABLE {table} RENAME TO {table}_away")
        wrong = await client.get("/version", headers={"X-API-Key": "wrong"})
        assert wrong.status_code == 401
        events = ("login_check_failed", "audit_write_failed")
        await until(lambda: all(event in gateway.log.read_text() for event in events))
        for table in ("door_logins", "door_audit"):
            await change(url, f"ALTER TABLE {table}_away RENAME TO {table}")
        await until(lambda: rows(url, "SELECT 1 FROM door_audit WHERE event = 'key_failed'"))
        await change(url, "UPDATE door_logins SET ended_at = 1")
        async with asyncio.timeout(15):
            assert (await closed_with(tab)).code == 4401
        log = gateway.log.read_text()
    assert [log.count(event) for event in events] == [1, 1]
    assert "ProgrammingError" in log


async def test_gateway_starts_before_its_database(postgres: Postgres) -> None:
    url = await postgres.make_database()
    async with running_cuttable_proxy(postgres.folder) as line:
        line.cut()
        asyncio.get_running_loop().call_later(2, lambda: mending.append(asyncio.ensure_future(line.restore())))
        mending: list[asyncio.Future[None]] = []
        settings = {**SETTINGS, "DATABASE_URL": line.url_through(url)}
        async with running_auth(settings, has_upstreams=False) as gateway, gateway.browser() as client:
            assert (await client.get("/auth/login")).status_code == 200
