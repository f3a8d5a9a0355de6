"""Login sessions: their lifetime, their ends, and the list that users see."""

import asyncio
import json

import httpx2
import pytest

from tests.support.auth import NO_MAIL, GatewayProcess, fresh_address, running_auth
from tests.support.waiting import until

PAGE = {"Accept": "text/html"}
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18 Safari/605"
)


async def test_user_of_the_login(gateway: GatewayProcess) -> None:
    async with gateway.signed_in("who@example.com") as client:
        assert (await client.get("/auth/user")).text == '{"email":"who@example.com"}'
        for method in ("GET", "HEAD"):
            assert (await client.request(method, "/auth/verify-ping")).status_code == 200
    async with gateway.browser() as stranger:
        for path in ("/auth/user", "/auth/verify-ping", "/auth/sessions"):
            for method in ("GET", "HEAD"):
                answer = await stranger.request(method, path)
                assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/m", "/m/anything", "/auth/sessions", "/docs"])
async def test_visitors_are_sent_to_the_sign_in_page(gateway: GatewayProcess, path: str) -> None:
    async with gateway.browser(**PAGE) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/auth/login")


@pytest.mark.parametrize("path", ["/static/app.js", "/download/x", "/files/a", "/sessions", "/metrics", "/version"])
async def test_visitors_are_refused(gateway: GatewayProcess, path: str) -> None:
    async with gateway.browser(**PAGE) as client:
        answer = await client.get(path)
    assert answer.status_code == 401
    assert set(answer.json()) == {"error", "code", "requestId"}


async def test_form_sent_after_the_login_ended(gateway: GatewayProcess) -> None:
    async with gateway.browser(**PAGE) as client:
        answer = await client.post("/m/sessions/x", data={"prompt": "y"}, headers={"Origin": gateway.url})
    assert answer.status_code == 401
    assert "You are signed out" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_each_sign_in_has_a_new_id(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with gateway.signed_in(address) as first:
        old = first.cookies["sid"]
    async with gateway.browser() as client:
        asked = await client.post("/auth/start", json={"email": address})
        nonce = asked.headers["set-cookie"].partition(";")[0]
        # An attacker who sets their own cookie in another browser does not get its new login.
        opened = await client.get(gateway.mailed_link(address), headers={"Cookie": f"{nonce}; sid={old}"})
        new = next(line for line in opened.headers.get_list("set-cookie") if line.startswith("sid="))
    assert old not in new


async def test_signing_in_again_ends_the_previous_login(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with gateway.signed_in(address) as elsewhere, gateway.signed_in(address) as client:
        old = client.cookies["sid"]
        await gateway.sign_in(client, fresh_address())
        assert client.cookies["sid"] != old
        async with gateway.browser(Cookie=f"sid={old}") as thief:
            assert (await thief.get("/auth/user")).status_code == 401
        assert (await elsewhere.get("/auth/user")).status_code == 200


async def test_two_session_cookies_are_refused(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        mine = client.cookies["sid"]
    for cookies in (f"sid={mine}; sid=planted", f"sid=planted; sid={mine}"):
        async with gateway.browser(Cookie=cookies) as client:
            assert (await client.get("/auth/user")).status_code == 401
    async with gateway.browser(Cookie=f"sid={mine}; other=1") as client:
        assert (await client.get("/auth/user")).status_code == 200


async def test_logging_out_ends_the_login_of_the_cookie(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        cookie = client.cookies["sid"]
        answer = await client.post("/auth/logout")
        assert answer.status_code == 204
        assert "sid" not in client.cookies
        # The cookie alone is not accepted, because its row is ended.
        assert (await client.get("/auth/user", headers={"Cookie": f"sid={cookie}"})).status_code == 401
        assert (await client.post("/auth/logout")).status_code == 204


async def test_page_after_logging_out(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        answer = await client.post("/auth/logout", headers={**PAGE, "Origin": gateway.url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/auth/signed-out")
        assert "You are signed out" in (await client.get("/auth/signed-out", headers=PAGE)).text


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout-all"])
async def test_other_sites_cannot_sign_out(gateway: GatewayProcess, path: str) -> None:
    async with gateway.signed_in() as client:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "null"},
        ):
            assert (await client.post(path, headers=headers)).status_code == 403
        assert (await client.get(path)).status_code == 405
        assert (await client.get("/auth/user")).status_code == 200


async def test_log_out_everywhere(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with gateway.browser() as first, gateway.browser() as second, gateway.signed_in() as stranger:
        await gateway.sign_in(first, address)
        await gateway.sign_in(second, address)
        assert (await second.post("/auth/logout-all")).status_code == 204
        assert (await first.get("/auth/user")).status_code == 401
        assert (await second.get("/auth/user")).status_code == 401
        assert (await stranger.get("/auth/user")).status_code == 200


async def test_logins_are_listed_and_can_be_ended(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with (
        gateway.browser(ip="192.0.2.7", User_Agent=CHROME) as laptop,
        gateway.browser(ip="2001:db8::1", User_Agent=IPHONE) as phone,
    ):
        await gateway.sign_in(laptop, address)
        await gateway.sign_in(phone, address)
        logins = (await laptop.get("/auth/sessions")).json()["sessions"]
        assert {(login["ip"], login["browser"], login["current"]) for login in logins} == {
            ("192.0.2.7", "Chrome on Linux", True),
            ("2001:db8::1", "Safari on iPhone", False),
        }
        assert set(logins[0]) == {"id", "createdAt", "lastSeenAt", "expiresAt", "ip", "browser", "current"}
        page = await laptop.get("/auth/sessions", headers=PAGE)
        assert "Safari on iPhone" in page.text
        assert "this browser" in page.text
        other = next(login["id"] for login in logins if not login["current"])
        ended = await laptop.post(f"/auth/sessions/{other}/end", headers={**PAGE, "Origin": gateway.url})
        assert (ended.status_code, ended.headers["location"]) == (303, "/auth/sessions")
        assert (await phone.get("/auth/user")).status_code == 401
        assert len((await laptop.get("/auth/sessions")).json()["sessions"]) == 1


async def test_only_own_logins_can_be_ended(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as mine, gateway.signed_in() as theirs:
        (login,) = (await theirs.get("/auth/sessions")).json()["sessions"]
        for name in (login["id"], "x", "' OR 1=1 --", "%F0%9F%92%A9"):
            assert (await mine.delete(f"/auth/sessions/{name}")).status_code == 404, name
        assert (await theirs.get("/auth/user")).status_code == 200
        assert (await theirs.delete(f"/auth/sessions/{login['id']}")).status_code == 204
        assert (await theirs.get("/auth/user")).status_code == 401


async def test_page_escapes_the_user_agent(gateway: GatewayProcess) -> None:
    async with gateway.signed_in(User_Agent="<script>alert(1)</script> Chrome/1 on Linux") as client:
        page = await client.get("/auth/sessions", headers=PAGE)
    assert "<script" not in page.text


async def test_mail_about_a_new_browser(gateway: GatewayProcess) -> None:
    address = fresh_address()
    async with gateway.browser(ip="192.0.2.9", User_Agent=CHROME) as client:
        await gateway.sign_in(client, address)
        await until(lambda: len(gateway.mails(address, "New sign-in")) == 1)
        (mail,) = gateway.mails(address, "New sign-in")
        for part in (mail["text"], mail["html"]):
            assert "Chrome on Linux" in part
            assert "192.0.2.9" in part
            assert f"{gateway.url}/auth/sessions" in part
            assert "verify" not in part
        # The same browser causes no second mail; another browser does.
        await client.post("/auth/logout")
    async with gateway.browser(Cookie=f"browser={client.cookies['browser']}") as same:
        asked = await same.post("/auth/start", json={"email": address})
        nonce = asked.headers["set-cookie"].partition(";")[0]
        cookies = f"browser={client.cookies['browser']}; {nonce}"
        assert (await same.get(gateway.mailed_link(address), headers={"Cookie": cookies})).status_code == 302
    async with gateway.signed_in(address):
        await until(lambda: len(gateway.mails(address, "New sign-in")) >= 2)
    assert len(gateway.mails(address, "New sign-in")) == 2


async def test_idle_and_absolute_timeout() -> None:
    """Here the idle timeout is four seconds, and the absolute one nine."""
    settings = {
        "SESSION_IDLE_MINUTES": str(4 / 60),
        "SESSION_MAX_HOURS": str(9 / 3600),
        "ALLOWED_DOMAINS": "example.com",
    }
    clock = asyncio.get_running_loop().time
    async with running_auth({**NO_MAIL, **settings}, has_upstreams=False) as gateway:
        before = clock()
        async with gateway.signed_in() as busy, gateway.signed_in() as idle, gateway.signed_in() as pinging:
            started = clock()

            async def is_out(client: httpx2.AsyncClient) -> bool:
                return (await client.get("/auth/verify-ping")).status_code == 401

            async def idle_is_out() -> bool:
                # Requests extend the login; a page that only checks its login does not.
                await is_out(pinging)
                assert (await busy.get("/auth/user")).status_code == 200
                return clock() > started + 4.5

            await until(idle_is_out)
            assert await is_out(idle)
            assert await is_out(pinging)

            async def busy_is_out() -> bool:
                return (await busy.get("/auth/user")).status_code == 401

            await until(busy_is_out)
            assert clock() > before + 7
        await gateway.stop()
        assert "Traceback" not in gateway.log.read_text()


async def test_answers_are_compact(gateway: GatewayProcess) -> None:
    async with gateway.signed_in() as client:
        for path in ("/auth/user", "/auth/sessions", "/health", "/auth/verify-ping"):
            text = (await client.get(path)).text
            assert text == json.dumps(json.loads(text), separators=(",", ":"))
