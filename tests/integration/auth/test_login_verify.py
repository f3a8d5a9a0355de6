"""Opening a sign-in link: signed in at once, after a confirmation, or not at all."""

import asyncio
import base64
import contextlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import jwt
import pytest

from auth.login.signing_keys import SigningKeys
from tests.support.auth import NO_MAIL, GatewayProcess, fresh_address, fresh_ip, running_auth

PAGE = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def request_link(gateway: GatewayProcess, client: httpx2.AsyncClient, address: str | None = None) -> str:
    """Requests a link; returns it."""
    address = address or fresh_address()
    assert (await client.post("/auth/start", json={"email": address})).status_code == 204
    return gateway.mailed_link(address)


def token_of(link: str) -> str:
    return link.partition("?t=")[2]


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


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Forge:
    """Makes tokens like an attacker, and some that need the gateway's keys."""

    def __init__(self, token: str, session: str, key: bytes, session_key: bytes) -> None:
        self.token = token
        self.session = session
        self.key = key
        self.session_key = session_key
        self.head, self.body, self.mark = token.split(".")
        self.claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})

    def signed(self, *, key: bytes | None = None, headers: dict[str, Any] | None = None, **changes: object) -> str:
        claims = {**self.claims, **changes}
        claims = {name: value for name, value in claims.items() if value is not ...}
        return jwt.encode(claims, self.key if key is None else key, algorithm="HS256", headers=headers)

    def odd(self, claims: str) -> str:
        """A correctly signed token with these literal claims."""
        body = base64.urlsafe_b64encode(claims.encode()).rstrip(b"=").decode()
        mark = hmac.digest(self.key, f"{self.head}.{body}".encode(), "sha256")
        return f"{self.head}.{body}." + base64.urlsafe_b64encode(mark).rstrip(b"=").decode()

    def with_sha512(self) -> str:
        signed = f"{part({'alg': 'HS512', 'typ': 'JWT'})}.{self.body}"
        mark = hmac.digest(self.key, signed.encode(), "sha512")
        return f"{signed}." + base64.urlsafe_b64encode(mark).rstrip(b"=").decode()


NOW = time.time()
ATTACKS: dict[str, Callable[[Forge], str]] = {
    "empty": lambda _: "",
    "a word": lambda _: "token",
    "dots": lambda _: "..",
    "two parts": lambda f: f"{f.head}.{f.body}",
    "four parts": lambda f: f"{f.token}.x",
    "no signature": lambda f: f"{f.head}.{f.body}.",
    "padding": lambda f: f.token + "=",
    "a space": lambda f: f.token + "%20",
    "a line break": lambda f: f.token + "%0A",
    "a null byte": lambda f: f.token + "%00",
    "cut": lambda f: f.token[:-6],
    "twice": lambda f: f"{f.token}&t={f.token}",
    "none": lambda f: f"{part({'alg': 'none', 'typ': 'JWT'})}.{f.body}.",
    "None with signature": lambda f: f"{part({'alg': 'None', 'typ': 'JWT'})}.{f.body}.{f.mark}",
    "HS512": lambda f: f.with_sha512(),
    "RS256 in name": lambda f: f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{f.body}.{f.mark}",
    "kid": lambda f: f.signed(headers={"kid": "../../dev/null"}),
    "kid with SQL": lambda f: f.signed(headers={"kid": "' UNION SELECT 'x' --"}),
    "jku": lambda f: f.signed(headers={"jku": "http://127.0.0.1:1/keys"}),
    "jwk": lambda f: f.signed(headers={"jwk": {"kty": "oct", "k": "AAAA"}}),
    "crit": lambda f: f.signed(headers={"crit": ["x"], "x": 1}),
    "another key": lambda f: f.signed(key=b"0" * 32),
    "an empty key": lambda f: f"{f.head}.{f.body}." + base64.urlsafe_b64encode(b"0" * 32).decode().rstrip("="),
    "the session's key": lambda f: f.signed(key=f.session_key),
    "a session token": lambda f: f.session,
    "audience session": lambda f: f.signed(aud="session"),
    "audience list": lambda f: f.signed(aud=["login", "session"]),
    "audience of one": lambda f: f.signed(aud=["login"]),
    "no audience": lambda f: f.signed(aud=...),
    "audience null": lambda f: f.odd('{"aud":null,"jti":"x","iat":1,"exp":9999999999}'),
    "expired": lambda f: f.signed(exp=int(NOW) - 60),
    "no exp": lambda f: f.signed(exp=...),
    "exp a word": lambda f: f.odd(json.dumps({**f.claims, "exp": "tomorrow"})),
    "exp null": lambda f: f.odd(json.dumps({**f.claims, "exp": None})),
    "exp a list": lambda f: f.odd(json.dumps({**f.claims, "exp": [9999999999]})),
    "exp infinite": lambda f: f.odd(json.dumps({**f.claims, "exp": float("inf")})),
    "exp not a number": lambda f: f.odd(json.dumps({**f.claims, "exp": float("nan")})),
    "iat in the future": lambda f: f.signed(iat=int(NOW) + 3600),
    "no iat": lambda f: f.signed(iat=...),
    "iat a word": lambda f: f.odd(json.dumps({**f.claims, "iat": "now"})),
    "not before": lambda f: f.signed(nbf=int(NOW) + 3600),
    "no id": lambda f: f.signed(jti=...),
    "unknown id": lambda f: f.signed(jti="A" * 43),
    "a short id": lambda f: f.signed(jti="A"),
    "id a number": lambda f: f.odd(json.dumps({**f.claims, "jti": 1})),
    "id with SQL": lambda f: f.signed(jti="' OR '1'='1"),
    "claims a list": lambda f: f.odd("[]"),
    "claims a word": lambda f: f.odd('"x"'),
    "claims deep": lambda f: f.odd("[" * 1200),
    "tampered claims": lambda f: f"{f.head}.{part({**f.claims, 'aud': 'session'})}.{f.mark}",
    "a long one": lambda f: f"{f.head}.{'A' * 2100}.{f.mark}",
}
SECRET = "3f9a1c7e5b2d4806a1b2c3d4e5f60718"


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return SigningKeys.derive(SECRET)


async def test_forged_tokens_are_refused(keys: SigningKeys) -> None:
    """Every attack on the link and on the cookie, with a gateway whose keys are known."""
    async with running_auth(
        NO_MAIL, has_upstreams=False, ALLOWED_DOMAINS="example.com", SESSION_SECRET=SECRET
    ) as gateway:
        await attack_everything(gateway, keys)


async def attack_everything(gateway: GatewayProcess, keys: SigningKeys) -> None:
    async with gateway.browser() as owner, gateway.browser() as asker:
        await gateway.sign_in(owner)
        session = owner.cookies["sid"]
        link = await request_link(gateway, asker)
        nonce = asker.cookies["nonce"]
        on_link = Forge(token_of(link), session, keys.link[0], keys.session[0])
        on_cookie = Forge(session, token_of(link), keys.session[0], keys.link[0])
        for name, attack in ATTACKS.items():
            async with gateway.browser(Cookie=f"nonce={nonce}", **PAGE) as client:
                answer = await client.get(f"/auth/verify?t={attack(on_link)}")
                assert answer.status_code == 400, name
                assert "sid=" not in str(answer.headers), name
            # The same for the cookie, with `login` and `session` exchanged.
            text = attack(on_cookie).replace('"login"', '"session"')
            cookie = text.encode("latin1", "replace").replace(b"%0A", b"").replace(b"%00", b"").replace(b"%20", b"")
            if cookie in (session.encode(), b""):
                continue
            raw = b"GET /auth/user HTTP/1.1\r\nHost: %b\r\nCookie: sid=%b\r\n\r\n" % (gateway.host.encode(), cookie)
            assert b" 401 " in (await gateway.raw(raw)).partition(b"\r\n")[0], name
        # The real ones still work, so the attacks failed for their own reasons.
        assert (await asker.get(link)).status_code == 302
        assert (await owner.get("/auth/user")).status_code == 200


async def test_token_of_a_megabyte_is_refused(gateway: GatewayProcess) -> None:
    answer = await gateway.raw(b"GET /auth/verify?t=%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"A" * 1_000_000))
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4",))
    async with gateway.browser() as client:
        assert (await client.get("/auth/login")).status_code == 200


async def test_cookie_of_a_megabyte_is_refused(gateway: GatewayProcess) -> None:
    head = f"GET /auth/user HTTP/1.1\r\nHost: {gateway.host}\r\nCookie: sid="
    answer = await gateway.raw(head.encode() + b"A" * 1_000_000 + b"\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


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
