"""Requesting a sign-in link: the responses, the mail and the printed link."""

import statistics
import time

import pytest

from tests.support.auth import GatewayProcess, fresh_address, running_auth
from tests.support.echo_upstreams import MAIL_FAILURES
from tests.support.waiting import until

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

REFUSED: dict[str, tuple[dict[str, str], bytes, int, str]] = {
    "no email": (JSON, b"{}", 400, "Email is required"),
    "null": (JSON, b'{"email":null}', 400, "Email is required"),
    "empty": (JSON, b'{"email":""}', 400, "Email is required"),
    "blank": (JSON, b'{"email":" \\t\\n"}', 400, "Email is required"),
    "a number": (JSON, b'{"email":1}', 400, "Invalid email address"),
    "a list": (JSON, b'{"email":["a@example.com"]}', 400, "Invalid email address"),
    "an object": (JSON, b'{"email":{"$ne":""}}', 400, "Invalid email address"),
    "no at": (JSON, b'{"email":"example.com"}', 400, "Invalid email address"),
    "two ats": (JSON, b'{"email":"a@b@example.com"}', 400, "Invalid email address"),
    "two addresses": (JSON, b'{"email":"a@example.com,b@example.com"}', 400, "Invalid email address"),
    "a name": (JSON, b'{"email":"A <a@example.com>"}', 400, "Invalid email address"),
    "a line break": (JSON, b'{"email":"a@example.com\\nBcc: b@example.com"}', 400, "Invalid email address"),
    "a space": (JSON, b'{"email":"a b@example.com"}', 400, "Invalid email address"),
    "a null byte": (JSON, b'{"email":"a\\u0000@example.com"}', 400, "Invalid email address"),
    "kelvin sign": (JSON, '{"email":"\u212a@example.com"}'.encode(), 400, "Invalid email address"),
    "dotless i": (JSON, '{"email":"a@example.com\u0131"}'.encode(), 400, "Invalid email address"),
    "wide at": (JSON, '{"email":"a\uff20example.com"}'.encode(), 400, "Invalid email address"),
    "lone surrogate": (JSON, b'{"email":"\\ud800@example.com"}', 400, "Invalid email address"),
    "too long": (JSON, b'{"email":"%b@example.com"}' % (b"a" * 250), 400, "Invalid email address"),
    "quoted": (JSON, b'{"email":"\\"a\\"@example.com"}', 400, "Invalid email address"),
    "dot at the end": (JSON, b'{"email":"a.@example.com"}', 400, "Invalid email address"),
    "no top domain": (JSON, b'{"email":"a@example"}', 400, "Invalid email address"),
    "an address literal": (JSON, b'{"email":"a@[127.0.0.1]"}', 400, "Invalid email address"),
    "another domain": (JSON, b'{"email":"a@example.org"}', 403, "Email address not allowed"),
    "a subdomain": (JSON, b'{"email":"a@mail.example.com"}', 403, "Email address not allowed"),
    "a longer domain": (JSON, b'{"email":"a@notexample.com"}', 403, "Email address not allowed"),
    "a domain in front": (JSON, b'{"email":"a@example.com.evil.org"}', 403, "Email address not allowed"),
    "a near address": (JSON, b'{"email":"guest@elsewhere.org.uk"}', 403, "Email address not allowed"),
    "not json": (JSON, b"email=a@example.com", 400, "The request's body is not valid JSON"),
    "an array": (JSON, b'["email"]', 400, "The request's body must be a JSON object"),
    "a string": (JSON, b'"email"', 400, "The request's body must be a JSON object"),
    "deep": (JSON, b"[" * 4000, 400, "The request's body is not valid JSON"),
    "not a number": (JSON, b'{"email":NaN}', 400, "Invalid email address"),
    "plain text": ({"Content-Type": "text/plain"}, b'{"email":"a@example.com"}', 415, "Content-Type must be"),
    "no type": ({}, b'{"email":"a@example.com"}', 415, "Content-Type must be"),
    "multipart": ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 415, "Content-Type must be"),
    "a large body": (JSON, b'{"email":"%b"}' % (b"a" * 5000), 413, "Request body too large. Maximum 4 KiB"),
    "a huge body": (JSON, b" " * 3_000_000, 413, "Request body too large. Maximum 4 KiB"),
    "another site": ({**JSON, "Origin": "https://evil.example"}, b"{}", 403, "This request came from another"),
    "a sandboxed page": ({**JSON, "Origin": "null"}, b"{}", 403, "This request came from another"),
    "another port": ({**JSON, "Origin": "http://localhost:1"}, b"{}", 403, "This request came from another"),
    "cross site": ({**JSON, "Sec-Fetch-Site": "cross-site"}, b"{}", 403, "This request came from another"),
    "same site, another host": ({**JSON, "Sec-Fetch-Site": "same-site"}, b"{}", 403, "This request came from"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_start_is_refused(gateway: GatewayProcess, name: str) -> None:
    headers, body, status, sentence = REFUSED[name]
    async with gateway.browser() as client:
        answer = await client.post("/auth/start", content=body, headers=headers)
    assert answer.status_code == status
    refusal = answer.json()
    assert refusal["error"].startswith(sentence)
    assert refusal["requestId"] == answer.headers["x-request-id"]
    assert refusal["code"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("  Ada.Lovelace@EXAMPLE.com\t", "ada.lovelace@example.com"),
        ("o'brien+tag@example.com", "o'brien+tag@example.com"),
        ("GUEST@elsewhere.ORG", "guest@elsewhere.org"),
        ("{x}`$|~@example.com", "{x}`$|~@example.com"),
    ],
)
async def test_mail_goes_to_the_normalized_address(gateway: GatewayProcess, typed: str, mailed: str) -> None:
    async with gateway.browser() as client:
        answer = await client.post("/auth/start", json={"email": typed})
    assert (answer.status_code, answer.content) == (204, b"")
    (mail,) = gateway.mails(mailed)
    assert mail["from"] == "Claude <login@example.com>"
    assert mail["authorization"] == "Bearer re_stand_in_key"
    assert len(mail["key"]) == 64
    for part in (mail["text"], mail["html"]):
        assert part.count("/auth/verify?t=") == 1
        assert f"http://localhost:{gateway.port}/auth/verify?t=" in part
    assert "<img" not in mail["html"]
    assert "src=" not in mail["html"]


async def test_address_is_escaped_in_the_mail(gateway: GatewayProcess) -> None:
    address = "o&brien'x@example.com"
    async with gateway.browser() as client:
        await client.post("/auth/start", json={"email": address})
    (mail,) = gateway.mails(address)
    assert "o&amp;brien&#39;x@example.com" in mail["html"]
    assert address in mail["text"]


async def test_form_leads_to_the_next_page(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with gateway.browser(Accept="text/html") as client:
        answer = await client.post("/auth/start", data={"email": address}, headers={"Origin": gateway.url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/auth/sent")
        page = await client.get("/auth/sent")
    assert "Check your mail" in page.text
    assert len(gateway.mails(address)) == 1


async def test_form_shows_the_problem(gateway: GatewayProcess) -> None:
    async with gateway.browser(Accept="text/html") as client:
        answer = await client.post("/auth/start", data={"email": '"><script>x</script>@evil.example'})
    assert answer.status_code == 400
    assert "Invalid email address" in answer.text
    assert "<script>" not in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_mail_failures_reveal_no_cause() -> None:
    async with running_auth(ALLOWED_DOMAINS="example.com") as gateway:
        for failure in sorted(MAIL_FAILURES, key=lambda name: name == "limited"):
            async with gateway.browser() as client:
                answer = await client.post("/auth/start", json={"email": f"fail-{failure}@example.com"})
            assert answer.status_code == 502, failure
            assert answer.json()["error"] == "The sign-in mail could not be sent. Try again in a moment"
            assert answer.json()["code"] == "mail_failed"
            assert answer.headers.get("retry-after") == ("8" if failure == "limited" else None)
        async with gateway.browser() as client:
            held = await client.post("/auth/start", json={"email": fresh_address()})
        assert held.status_code == 502
        assert 1 <= int(held.headers["retry-after"]) <= 8
        log = gateway.log.read_text()
        for leak in ("re_secret", "/srv/app", "Traceback", "re_stand_in_key"):
            assert leak not in log


async def test_mail_service_is_unavailable() -> None:
    async with running_auth(has_upstreams=False) as gateway, gateway.browser() as client:
        first = await client.post("/auth/start", json={"email": "a@example.com"})
        again = await client.post("/auth/start", json={"email": "a@example.com"})
    assert [first.status_code, again.status_code] == [502, 502]


async def test_uniform_responses_are_the_same_for_all_addresses() -> None:
    async with running_auth(ALLOWED_DOMAINS="example.com", AUTH_UNIFORM_RESPONSES="1") as gateway:
        for typed in ("a@example.com", "b@elsewhere.org", "", "nonsense", "fail-broken@example.com"):
            async with gateway.browser() as client:
                answer = await client.post("/auth/start", json={"email": typed})
            assert answer.status_code == 204
            assert answer.content == b""
            assert "nonce=" in answer.headers["set-cookie"]


async def test_uniform_responses_take_the_same_time() -> None:
    """A mail service that never answers does not delay the response to an allowed address."""
    settings = {"ALLOWED_DOMAINS": "example.com", "AUTH_UNIFORM_RESPONSES": "1"}
    async with running_auth(settings) as gateway:
        times: dict[str, list[float]] = {"example.com": [], "elsewhere.org": []}
        for number in range(60):
            for domain, taken in times.items():
                async with gateway.browser() as client:
                    await client.get("/health/live")  # connects before the time is measured
                    began = time.perf_counter()
                    await client.post("/auth/start", json={"email": f"fail-hang{number}@{domain}"})
                    taken.append(time.perf_counter() - began)
        allowed, refused = (statistics.median(taken) for taken in times.values())
        assert abs(allowed - refused) < max(0.0015, 0.4 * refused), (allowed, refused)
        async with gateway.browser() as client:
            await client.post("/auth/start", json={"email": "a@example.com"})
        await until(lambda: len(gateway.mails("a@example.com")) == 1)


async def test_link_is_under_public_url(public_gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with public_gateway.browser(Host="claude.example.com", X_Forwarded_Host="evil.example") as client:
        answer = await client.post("/auth/start", json={"email": address})
    assert answer.status_code == 204
    (mail,) = public_gateway.mails(address)
    assert "https://claude.example.com/auth/verify?t=" in mail["text"]
    assert "evil" not in mail["text"] + mail["html"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-nonce=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"):
        assert part in cookie
    assert "Domain" not in cookie


async def test_link_is_printed_without_mail(open_gateway: GatewayProcess) -> None:
    await open_gateway.first_link()
    before = open_gateway.printed_links()
    assert len([line for line in open_gateway.log.read_text().splitlines() if "owner@localhost" in line]) == 1
    async with open_gateway.browser() as client:
        answer = await client.post("/auth/start", json={"email": "me@somewhere.example"})
    assert answer.status_code == 204
    (link,) = open_gateway.printed_links()[len(before) :]
    async with open_gateway.browser() as other:
        assert "me@somewhere.example" in (await other.get(link, headers={"Accept": "text/html"})).text


async def test_no_mail_on_a_public_url() -> None:
    settings = {"RESEND_API_KEY": "", "EMAIL_FROM": "", "PUBLIC_URL": "https://c.example", "BIND": "127.0.0.1"}
    async with running_auth(settings, has_upstreams=False, ALLOWED_DOMAINS="*") as gateway:
        async with gateway.browser(Host="c.example") as client:
            answer = await client.post("/auth/start", json={"email": "a@example.com"})
        assert answer.status_code == 503
        assert answer.json()["error"] == "Sign-in by mail is not set up on this server"
        assert gateway.printed_links() == []


async def test_nonce_is_reused(gateway: GatewayProcess) -> None:
    async with gateway.browser() as client:
        await client.post("/auth/start", json={"email": fresh_address()})
        first = client.cookies["nonce"]
        await client.post("/auth/start", json={"email": fresh_address()})
        assert client.cookies["nonce"] == first


async def test_form_with_too_many_fields(gateway: GatewayProcess) -> None:
    async with gateway.browser(Accept="text/html") as client:
        fields = {f"field{number}": "x" for number in range(20)}
        answer = await client.post("/auth/start", data=fields, headers={"Origin": gateway.url})
    assert answer.status_code == 400
