"""The small parts of the gateway, also with arbitrary input from Hypothesis."""

import asyncio
import hashlib
import os
import stat
import time
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auth.audit import REFUSALS_A_DAY, Audit, Requester
from auth.client_ip import client_ip
from auth.dispatch import is_canonical
from auth.limits.rules import network_of, source_of
from auth.login.addresses import MAX_LENGTH, InvalidAddressError, normalize_address
from auth.login.api_keys import ApiKeys
from auth.login.sessions import Login
from auth.login.signing_keys import SigningKeys, load_secret
from auth.login.tokens import InvalidTokenError, Tokens, new_secret
from auth.open_streams import EndReason, OpenStreams
from auth.pages.user_agent import browser_name
from auth.public_origin import PublicOrigin, split_host
from auth.routes import ROUTES, Access, Upstream
from auth.storage.private_folder import make_private_folder

KEYS = SigningKeys.derive("7c1e5b9a3f2d4860b1c2d3e4f5a60718")
LOGIN = Tokens(audience="login", keys=KEYS.link)


@given(st.text() | st.emails())
@example("\u212a@example.com")
@example("a@example.com\n")
def test_arbitrary_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = normalize_address(text)
    except InvalidAddressError:
        return
    assert address == normalize_address(address)
    assert address.isascii()
    assert address == address.lower()
    assert len(address) <= MAX_LENGTH
    assert address.count("@") == 1
    assert not set(address) & set(' \t\r\n,;:<>()[]\\"\0')


@given(st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20})?@[a-z0-9]{1,20}(\.[a-z]{2,10}){1,3}", fullmatch=True))
def test_plain_addresses_are_accepted(address: str) -> None:
    assert normalize_address(f" {address.upper()} ") == address


@given(st.text())
@example("localhost:8080@evil.example")
@example("[::1]:8080")
def test_arbitrary_host_belongs_to_the_origin_or_not(host: str) -> None:
    here = PublicOrigin.parse("", 8080)
    there = PublicOrigin.parse("https://claude.example.com", 8080)
    if here.includes_host(host):
        found = split_host(host)
        assert found is not None
        assert found[0] in {"localhost", "::1"} or found[0].startswith(("127.", "0:", "::", "0"))
    assert there.includes_host(host) is (host.lower() in {"claude.example.com", "claude.example.com:443"})


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_-]{1,50}\.[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{1,50}"))
def test_arbitrary_text_is_no_token(text: str) -> None:
    with pytest.raises(InvalidTokenError):
        LOGIN.read(text)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_changed_token_never_has_another_id(place: int, byte: int) -> None:
    """A token that is still valid with one byte changed has the same id, by which a replay is recognized."""
    id_ = new_secret()
    token = LOGIN.issue(id_, now=time.time(), expires=time.time() + 60).encode()
    place %= len(token)
    changed = (token[:place] + bytes([byte]) + token[place + 1 :]).decode("latin1")
    with suppress(InvalidTokenError):
        assert LOGIN.read(changed) == id_


def test_each_purpose_has_its_own_key() -> None:
    assert set(KEYS.link).isdisjoint(KEYS.session)
    session = Tokens(audience="session", keys=KEYS.session)
    token = session.issue(new_secret(), now=time.time(), expires=time.time() + 60)
    with pytest.raises(InvalidTokenError):
        LOGIN.read(token)
    with pytest.raises(InvalidTokenError):
        Tokens(audience="login", keys=KEYS.session).read(token)
    with pytest.raises(InvalidTokenError):
        Tokens(audience="session", keys=KEYS.link).read(token)


def test_previous_secret_verifies_but_does_not_sign() -> None:
    old, new = "7c1e5b9a3f2d4860b1c2d3e4f5a60718", "aa1e5b9a3f2d4860b1c2d3e4f5a607bb"
    rotated = Tokens(audience="login", keys=SigningKeys.derive(new, old).link)
    id_, now = new_secret(), time.time()
    assert rotated.read(LOGIN.issue(id_, now=now, expires=now + 60)) == id_
    with pytest.raises(InvalidTokenError):
        LOGIN.read(rotated.issue(id_, now=now, expires=now + 60))


def test_secret_is_created_once_and_is_private(tmp_path: Path) -> None:
    folder = make_private_folder(tmp_path / "auth")
    first = load_secret("", folder)
    assert load_secret("", folder) == first
    assert load_secret("configured", folder) == "configured"
    path = tmp_path / "auth" / "session_secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["session_secret"]  # noqa: PTH208
    assert first not in repr(SigningKeys.derive(first))


@given(st.binary(max_size=60))
@example(b"/files/%2e%2e/x")
def test_canonical_paths_have_one_reading(tail: bytes) -> None:
    raw = b"/files/" + tail
    if is_canonical(raw, b""):
        text = raw.decode("ascii")
        assert "//" not in text
        assert "\\" not in text
        assert not {"..", "."} & set(text.split("/"))
        for encoded in ("%2f", "%2e", "%5c", "%00"):
            assert encoded not in text.lower()


@given(st.lists(st.text(min_size=1, max_size=10).filter(lambda name: name not in {".", ".."}), min_size=1, max_size=4))
def test_ordinary_names_are_canonical(names: list[str]) -> None:
    """Every percent-encoded file name is accepted, unless it contains a slash or a control character."""
    odd = any(
        character in "/\\" or (not character.isprintable() and ord(character) < 128)
        for name in names
        for character in name
    )
    try:
        path = "/files/" + "/".join(quote(name, safe="") for name in names)
    except UnicodeEncodeError:
        return
    assert is_canonical(path.encode(), b"") is not odd


@pytest.mark.parametrize(
    ("peer", "forwarded", "ip"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["9.9.9.9, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["9.9.9.9", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["1.2.3.4, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
        ("", ["1.2.3.4"], "unknown"),
    ],
)
def test_client_ip(peer: str, forwarded: list[str], ip: str) -> None:
    assert client_ip(peer, forwarded, [ip_network("10.0.0.0/8")]) == ip


@given(st.text(), st.lists(st.text()))
def test_client_ip_of_arbitrary_text(peer: str, forwarded: list[str]) -> None:
    assert client_ip(peer, forwarded, [ip_network("0.0.0.0/0"), ip_network("::/0")])


@pytest.mark.parametrize(
    ("ip", "network", "source"),
    [
        ("192.0.2.77", "192.0.2.0/24", "192.0.2.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_networks(ip: str, network: str, source: str) -> None:
    assert (network_of(ip), source_of(ip)) == (network, source)


@given(st.binary(max_size=50))
def test_other_keys_have_no_name(text: bytes) -> None:
    keys = ApiKeys.parse("ci:0123456789abcdef0123,plain-key-of-mine-0001")
    if text not in {b"0123456789abcdef0123", b"plain-key-of-mine-0001"}:
        assert keys.name_of(text) is None


def test_keys_can_be_bare_named_hashed_or_a_users() -> None:
    digest = hashlib.sha256(b"hidden-key").hexdigest()
    keys = ApiKeys.parse(f" bare-key-0123456789 , ci:named , sha256:{digest}, B@Example.com:mail-key , ci:second ")
    assert keys.name_of(b"bare-key-0123456789") == "key"
    assert keys.name_of(b"named") == "ci"
    assert keys.name_of(b"second") == "ci"
    assert keys.name_of(b"hidden-key") == "key"
    assert keys.name_of(b"mail-key") == "b@example.com"
    assert keys.name_of(digest.encode()) is None
    assert keys.short == ("ci", "b@example.com", "ci")
    assert not ApiKeys.parse(" , ")
    assert ApiKeys.parse("schl\u00fcssel").name_of("schl\u00fcssel".encode()) == "key"


def sender(request_id: str) -> Requester:
    """The sender of a request with this id."""
    return Requester(request_id=request_id, ip="1.2.3.4")


def test_flood_of_refused_requests_displaces_no_audit_lines(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.record("login_ok", sender("first"), user="a@example.com")
    for _ in range(REFUSALS_A_DAY.times + 500):
        audit.record("key_failed", sender("x"))
    audit.record("logout", sender("last"), user="a@example.com")
    audit.close()
    kept = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert len(kept) == REFUSALS_A_DAY.times + 2
    assert "first" in kept[0]
    assert "last" in kept[-1]
    flood = tmp_path / "audit-refused.jsonl"
    assert len(flood.read_text().splitlines()) == 500
    assert flood.stat().st_mode & 0o077 == 0


def test_audit_rotates_and_is_private(tmp_path: Path) -> None:
    audit = Audit(tmp_path, max_bytes=2000)
    for number in range(100):
        audit.record("login_ok", sender(f"r{number}"), user="a@example.com")
    audit.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["audit.jsonl", *(f"audit.jsonl.{number}" for number in range(1, 6))]
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size <= 2000


def login(id: str, *, expires_at: float) -> Login:  # noqa: A002
    """A login with empty fields."""
    unknown = {"name": "", "address": "", "ip": "", "browser": ""}
    return Login(id=id, expires_at=expires_at, created_at=0, seen_at=0, **unknown)


def test_streams_end_with_their_login() -> None:
    async def run() -> None:
        streams, ended = OpenStreams(), []
        with (
            streams.track(login("a", expires_at=10), lambda why: ended.append(("a", why))),
            streams.track(login("b", expires_at=20), lambda why: ended.append(("b", why))),
            streams.track(None, lambda why: ended.append(("nobody", why))),
        ):
            assert streams.login_ids == {"a", "b"}
            assert [streams.expired_login_ids(now) for now in (9, 10, 20)] == [set(), {"a"}, {"a", "b"}]
            streams.end_logins({"a", "c"})
            assert ended == [("a", EndReason.LOGIN_ENDED)]
            streams.end_all()
        assert streams.login_ids == set()
        assert set(ended[1:]) == {(name, EndReason.SHUTDOWN) for name in ("a", "b", "nobody")}

    asyncio.run(run())


OPEN = {"/health", "/health/live", "/auth/static/<name>"}
VISITORS = {
    "/auth/login", "/auth/start", "/auth/sent", "/auth/verify", "/auth/logout", "/auth/signed-out",
    "/manifest.webmanifest", "/favicon.ico",
}  # fmt: skip


def test_every_route_requires_access_or_is_listed_here() -> None:
    assert {route.rule for route in ROUTES if route.access is Access.OPEN} == OPEN
    assert {route.rule for route in ROUTES if route.access is Access.BROWSER} == VISITORS
    assert len({route.endpoint for route in ROUTES}) == len(ROUTES)
    for route in ROUTES:
        if route.upstream is Upstream.API and route.csp != "mobile":
            assert route.access in (Access.API, Access.KEY)
        if "GET" not in route.methods or len(route.methods) > 1:
            assert route.max_body_bytes <= 1024 * 1024


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("", "An unknown browser"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) CriOS/140 Safari/604", "Chrome on iPhone"),
        ("<script>alert(1)</script>", "An unknown browser"),
    ],
)
def test_browsers_get_familiar_names(agent: str, name: str) -> None:
    assert browser_name(agent) == name
