"""Forged and oversized tokens in sign-in links and cookies."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from auth.login.signing_keys import SigningKeys
from tests.support.auth import NO_MAIL, GatewayProcess, request_link, running_auth, token_of

PAGE = {"Accept": "text/html"}


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
