"""Opening a sign-in link: signed in at once, after a confirmation, or not at all."""

import asyncio
import contextlib

import httpx2
import pytest

from tests.support.auth import NO_MAIL, GatewayProcess, fresh_address, fresh_ip, request_link, running_auth, token_of

PAGE = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_requesting_browser_is_signed_in_at_once(gateway: GatewayProcess) -> None:
    async with gateway.browser() as client:
        link = await request_link(gateway, client, "ada.first@example.com")
        opened = await client.get(link)
        assert (opened.status_code, opened.headers["location"]) == (302, "/")
        assert (await client.get("/auth/user")).text == '{"email":"ada.first@example.com"}'
        assert "nonce" not in client.cookies
        cookie = next(line for line in opened.headers.get_list("set-cookie") if line.startswith("sid="))
        for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"):
            assert part in cookie
        assert "Domain" not in cookie
        assert "Secure" not in cookie  # plain http on loopback


async def test_cookie_is_bound_to_https(public_gateway: GatewayProcess) -> None:
    async with public_gateway.browser(Host="claude.example.com") as client:
        address = fresh_address()
        answer = await client.post("/auth/start", json={"email": address})
        nonce = answer.headers["set-cookie"].partition(";")[0]
        opened = await client.get(public_gateway.mailed_link(address), headers={"Cookie": nonce})
    assert opened.status_code == 302
    lines = opened.headers.get_list("set-cookie")
    assert {line.partition("=")[0] for line in lines} == {"__Host-sid", "__Host-nonce", "__Host-browser"}
    for line in lines:
        assert "Secure" in line
        assert "Path=/" in line
        assert "Domain" not in line


async def test_another_browser_must_confirm(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with gateway.browser() as asker, gateway.browser(**PAGE) as scanner, gateway.browser(**PAGE) as phone:
        link = await request_link(gateway, asker, address)
        for _ in range(3):
            page = await scanner.get(link)
            assert page.status_code == 200
            assert address in page.text
            assert "sid" not in scanner.cookies
        await phone.get(link)
        done = await phone.post("/auth/verify", data={"t": token_of(link)}, headers={"Origin": gateway.url})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert (await phone.get("/auth/user")).json() == {"email": address}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
    ],
)
async def test_prefetch_consumes_nothing(gateway: GatewayProcess, headers: dict[str, str]) -> None:
    async with gateway.browser() as client:
        link = await request_link(gateway, client)
        assert (await client.get(link, headers=headers)).status_code == 200
        assert "sid" not in client.cookies
        assert (await client.get(link)).status_code == 302


async def test_head_consumes_nothing(gateway: GatewayProcess) -> None:
    async with gateway.browser() as client:
        link = await request_link(gateway, client)
        answer = await client.head(link)
        assert (answer.status_code, answer.content) == (200, b"")
        assert (await client.get(link)).status_code == 302


async def test_link_works_once(gateway: GatewayProcess) -> None:
    async with gateway.browser() as client:
        link = await request_link(gateway, client)
        assert (await client.get(link)).status_code == 302
        again = await client.get(link, headers=PAGE)
        assert again.status_code == 400
        assert "no longer works" in again.text
        assert 'href="/auth/login"' in again.text
        by_button = await client.post("/auth/verify", data={"t": token_of(link)})
        assert by_button.status_code == 400
        assert by_button.json()["code"] == "invalid_link"
    assert "link_reused" in {line["event"] for line in gateway.audit()}


async def test_success_ends_all_other_links(gateway: GatewayProcess) -> None:
    address = fresh_address()
    links = []
    async with gateway.browser() as first, gateway.browser() as second:
        links.append(await request_link(gateway, first, address))
        links.append(await request_link(gateway, second, address))
        assert (await first.get(links[0])).status_code == 302
        assert (await second.get(links[1])).status_code == 400


async def test_limit_of_live_links(gateway: GatewayProcess) -> None:
    address = fresh_address()
    links = []
    for _ in range(3):
        async with gateway.browser() as client:
            links.append(await request_link(gateway, client, address))
    async with gateway.browser() as client:
        refused = await client.post("/auth/start", json={"email": address})
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 600
        # The oldest still works, so requests by others lock nobody out.
        assert (await client.get(links[0])).status_code == 200
        assert (await client.post("/auth/verify", data={"t": token_of(links[0])})).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
)
async def test_confirmation_must_come_from_our_page(
    gateway: GatewayProcess, headers: dict[str, str], status: int
) -> None:
    async with gateway.browser() as asker, gateway.browser() as client:
        link = await request_link(gateway, asker)
        answer = await client.post("/auth/verify", data={"t": token_of(link)}, headers=headers)
        assert answer.status_code == status


async def test_fifty_parallel_attempts_have_one_winner(gateway: GatewayProcess) -> None:
    async with gateway.browser() as asker:
        link = await request_link(gateway, asker)
        nonce = asker.cookies["nonce"]

    async def attempt(number: int) -> int:
        async with gateway.browser(Cookie=f"nonce={nonce}") as client:
            if number % 2:
                return (await client.get(link)).status_code
            return (await client.post("/auth/verify", data={"t": token_of(link)})).status_code

    statuses = await asyncio.gather(*(attempt(number) for number in range(50)))
    assert len([status for status in statuses if status in (302, 303)]) == 1
    assert {status for status in statuses if status not in (302, 303)} == {400}


async def test_fifty_parallel_requests_get_three_links(gateway: GatewayProcess) -> None:
    address = fresh_address()

    async def ask() -> int:
        async with gateway.browser() as client:
            return (await client.post("/auth/start", json={"email": address})).status_code

    statuses = await asyncio.gather(*(ask() for _ in range(50)))
    assert statuses.count(204) == 3
    assert statuses.count(429) == 47
    assert len(gateway.mails(address)) == 3


async def test_kill_between_consuming_and_responding() -> None:
    """Whenever the gateway is killed, a link signs in once at most."""
    async with running_auth(NO_MAIL, has_upstreams=False, ALLOWED_DOMAINS="example.com") as gateway:
        for moment in (0.0, 0.004, 0.01):
            async with gateway.browser() as client:
                link = await request_link(gateway, client)
                opening = asyncio.create_task(client.get(link))
                await asyncio.sleep(moment)
                await gateway.kill()
                won = 0
                with contextlib.suppress(httpx2.HTTPError):
                    won += (await opening).status_code == 302
                await gateway.start()
                async with gateway.browser(Cookie=f"nonce={client.cookies.get('nonce', '')}") as again:
                    won += (await again.get(link)).status_code == 302
                async with gateway.browser() as third:
                    assert (await third.get(link)).status_code == 400
                assert won <= 1
                if "sid" in client.cookies:
                    assert (await client.get("/auth/user")).status_code == 200


async def test_links_and_logins_survive_a_restart_with_other_settings() -> None:
    """Links and logins survive a restart; a rotated secret and a shorter allowlist take effect."""
    old, new = "a41b2c9d8e7f60513243546576879801", "0192837465afbecd6d5c4b3a29181706"
    everyone, stayer = "example.com", "stayer@example.com"
    async with (
        running_auth(NO_MAIL, has_upstreams=False, ALLOWED_DOMAINS=everyone, SESSION_SECRET=old) as gateway,
        gateway.signed_in("early@example.com") as early,
        gateway.browser() as stays,
        gateway.browser() as leaves,
        gateway.browser() as elsewhere,
    ):
        link = await request_link(gateway, stays, stayer)
        await gateway.stop()
        gateway.environment |= {"SESSION_SECRET": new, "SESSION_SECRET_PREVIOUS": old}
        await gateway.start()
        assert (await early.get("/auth/user")).json() == {"email": "early@example.com"}
        assert (await stays.get(link)).status_code == 302
        await gateway.sign_in(leaves, "leaver@example.com")
        left_link = await request_link(gateway, elsewhere, "leaver@example.com")
        await gateway.stop()
        del gateway.environment["ALLOWED_DOMAINS"], gateway.environment["SESSION_SECRET_PREVIOUS"]
        gateway.environment["ALLOWED_EMAILS"] = stayer
        await gateway.start()
        assert (await stays.get("/auth/user")).json() == {"email": stayer}
        assert (await leaves.get("/auth/user")).status_code == 401
        assert (await elsewhere.get(left_link)).status_code == 400
        assert (await early.get("/auth/user")).status_code == 401


async def test_only_failed_verifications_are_limited(gateway: GatewayProcess) -> None:
    ip = fresh_ip()
    async with gateway.browser() as asker, gateway.browser(ip=ip) as client:
        link = await request_link(gateway, asker)
        for _ in range(20):
            assert (await client.get("/auth/verify?t=x")).status_code == 400
        limited = await client.get("/auth/verify?t=x")
        assert limited.status_code == 429
        assert 1 <= int(limited.headers["retry-after"]) <= 900
        # A valid link still works from the same address.
        assert (await client.post("/auth/verify", data={"t": token_of(link)})).status_code == 303
