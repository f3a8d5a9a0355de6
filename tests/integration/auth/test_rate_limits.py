"""The rate limits of sign-in links, and what counts as one sender."""

import httpx2

from tests.support.auth import NO_MAIL, GatewayProcess, fresh_address, fresh_ip, running_auth


async def ask(gateway: GatewayProcess, address: str, ip: str) -> httpx2.Response:
    async with gateway.browser(ip=ip) as client:
        return await client.post("/auth/start", json={"email": address})


async def test_half_a_minute_between_two_mails(gateway: GatewayProcess) -> None:
    address, ip = fresh_address(), fresh_ip()
    assert (await ask(gateway, address, ip)).status_code == 204
    again = await ask(gateway, address.upper(), ip)
    assert again.status_code == 429
    assert 1 <= int(again.headers["retry-after"]) <= 31
    assert again.json()["code"] == "rate_limited"
    # An address in the same /24 counts as the same sender; one in another network does not.
    assert (await ask(gateway, address, ip.removesuffix(".1") + ".99")).status_code == 429
    assert (await ask(gateway, address, fresh_ip())).status_code == 204
    assert (await ask(gateway, fresh_address(), ip)).status_code == 204
    assert len(gateway.mails(address)) == 2


async def test_ten_mails_for_each_ip(gateway: GatewayProcess) -> None:
    ip = fresh_ip()
    statuses = [(await ask(gateway, fresh_address(), ip)).status_code for _ in range(11)]
    assert statuses == [204] * 10 + [429]
    assert (await ask(gateway, fresh_address(), fresh_ip())).status_code == 204
    limited = [line for line in gateway.audit() if line["event"] == "rate_limited" and line["ip"] == ip]
    assert [line["rule"] for line in limited] == ["mail_ip"]


async def test_ipv6_network_counts_as_one_sender(gateway: GatewayProcess) -> None:
    statuses = [(await ask(gateway, fresh_address(), f"2001:db8:77:1::{n:x}")).status_code for n in range(11)]
    assert statuses == [204] * 10 + [429]
    assert (await ask(gateway, fresh_address(), "2001:db8:77:2::1")).status_code == 204


async def test_refused_starts_are_limited_too(gateway: GatewayProcess) -> None:
    ip = fresh_ip()
    async with gateway.browser(ip=ip) as client:
        statuses = [
            (await client.post("/auth/start", json={"email": typed})).status_code
            for typed in ["x", "a@elsewhere.example"] * 30
        ]
        assert statuses == [400, 403] * 30
        limited = await client.post("/auth/start", json={"email": fresh_address()})
    assert limited.status_code == 429
    assert 1 <= int(limited.headers["retry-after"]) <= 900


async def test_mails_per_hour() -> None:
    async with running_auth(NO_MAIL, has_upstreams=False, MAILS_PER_HOUR="2") as gateway:
        statuses = [(await ask(gateway, fresh_address(), fresh_ip())).status_code for _ in range(3)]
        # A refused request is not counted.
        assert statuses == [204, 204, 429]


async def test_forwarded_for_is_ignored_without_trusted_proxies() -> None:
    """X-Forwarded-For counts only from TRUSTED_PROXIES."""
    async with running_auth(NO_MAIL, has_upstreams=False, TRUSTED_PROXIES="") as gateway:
        statuses = [(await ask(gateway, fresh_address(), fresh_ip())).status_code for _ in range(11)]
        assert statuses == [204] * 10 + [429]
        assert {line["ip"] for line in gateway.audit()} <= {"127.0.0.1", "::1"}


async def test_failed_mail_can_be_requested_again() -> None:
    async with running_auth(ALLOWED_DOMAINS="example.com") as gateway:
        ip = fresh_ip()
        statuses = [(await ask(gateway, "fail-broken@example.com", ip)).status_code for _ in range(4)]
    assert statuses == [502] * 4


async def test_refused_mails_are_limited_too() -> None:
    async with running_auth(ALLOWED_DOMAINS="example.com") as gateway:
        ip = fresh_ip()
        statuses = [(await ask(gateway, "fail-broken@example.com", ip)).status_code for _ in range(61)]
    assert statuses == [502] * 60 + [429]
