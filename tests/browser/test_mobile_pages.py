"""The pages of `/m` in Chromium, with and without JavaScript, and the checks of axe for accessibility."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, expect

from auth.headers import content_security_policy
from auth.routes import CspProfile
from tests.support.api import Api, api_client, running_api
from tests.support.demo import Demo

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=30_000)
PHONE = ViewportSize(width=390, height=844)
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
"""Describes violations only: to describe the thousands of correct elements of /docs takes long."""


@pytest_asyncio.fixture(loop_scope="session")
async def api(shared_api: Api) -> AsyncIterator[Api]:
    """The API of this test run, with a client on the event loop of the browser."""
    async with api_client(shared_api.socket) as client:
        yield Api(folder=shared_api.folder, environment=shared_api.environment, client=client, pid=shared_api.pid)


@asynccontextmanager
async def loopback(socket: Path) -> AsyncIterator[str]:
    """The unix socket on a loopback port, with the gateway's content security policy on every page."""

    async def copy(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]
    ) -> None:
        try:
            while part := await reader.read(65_536):
                writer.write(change(part))
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        profile: CspProfile = "mobile"

        def note_path(part: bytes) -> bytes:
            nonlocal profile
            if part.startswith(b"GET /"):
                profile = "docs" if part.startswith(b"GET /docs") else "mobile"
            return part

        def add_policy(part: bytes) -> bytes:
            rules = f"\r\nContent-Security-Policy: {content_security_policy(profile, origin)}\r\n".encode()
            return part.replace(b"\r\n", rules, 1) if part.startswith(b"HTTP/1.1 200") else part

        back, forth = await asyncio.open_unix_connection(str(socket))
        await asyncio.gather(copy(reader, forth, note_path), copy(back, writer, add_policy))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield origin
    finally:
        server.close()


@asynccontextmanager
async def page_of(
    browser: Browser, api: Api, *, scripts: bool = True, notice: str | None = None
) -> AsyncIterator[Page]:
    """A page of the API in a phone's size; fails on any error in the page."""
    async with loopback(api.socket) as url:
        context = await browser.new_context(
            base_url=url,
            viewport=PHONE,
            has_touch=True,
            java_script_enabled=scripts,
            extra_http_headers={"X-Gateway-Notice": notice} if notice else {},
        )
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.set_default_timeout(20_000)
        yield page
        await context.close()
    assert [error for error in errors if "404" not in error and "net::ERR" not in error] == []


async def start(page: Page, prompt: str) -> None:
    await page.goto("/m/")
    await page.get_by_label("New session").fill(prompt)
    await page.get_by_role("button", name="Start").click()
    await expect(page).to_have_url(re.compile(r"/m/sessions/[0-9a-f-]{36}"))


async def reload_until(page: Page, selector: str) -> None:
    """Reloads the page, as a person without JavaScript does, until it has the element."""
    async with asyncio.timeout(30):
        while not await page.locator(selector).count():
            await page.wait_for_timeout(300)
            await page.reload()


async def test_without_javascript_a_command_is_allowed_and_its_output_shown(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api, scripts=False) as page:
        await start(page, "demo:run touch allowed.txt && echo done")
        await reload_until(page, ".request")
        request = page.locator(".request")
        await expect(request.locator("pre")).to_have_text("touch allowed.txt && echo done")
        await expect(page.locator("#conversation .assistant")).to_contain_text(
            "Running Bash."
        )  # a message of the turn that waits
        await expect(page.locator("#conversation details.open")).to_contain_text("touch allowed.txt")
        await request.get_by_role("button", name="Allow once").click()
        await reload_until(page, "details.done")
        assert (api.workspace / "allowed.txt").exists()
        await expect(page.get_by_text("Running Bash.")).to_have_count(1)
        await page.locator("details.done summary").click()
        await expect(page.locator("details.done")).to_contain_text("done")


async def test_without_javascript_a_command_is_denied_with_a_reason(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api, scripts=False) as page:
        await start(page, "demo:run touch denied.txt")
        await reload_until(page, ".request")
        await page.get_by_label("Comment").fill("not in this folder")
        await page.get_by_role("button", name="Deny").click()
        await reload_until(page, "details.failed")
        await page.locator("details.failed summary").click()
        await expect(page.locator("details.failed")).to_contain_text("not in this folder")
        assert not (api.workspace / "denied.txt").exists()


async def test_without_javascript_a_question_is_answered_and_a_reply_sent(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api, scripts=False) as page:
        await start(page, "demo:ask")
        await reload_until(page, ".request")
        await page.locator(".choice").nth(1).click()
        chosen = await page.locator(".choice b").nth(1).text_content() or "?"
        await page.get_by_role("button", name="Answer").click()
        await reload_until(page, f".assistant:has-text('{chosen}')")
        await page.get_by_role("textbox", name="Reply").fill("demo:say a second answer")
        await page.get_by_role("button", name="Send").click()
        await reload_until(page, ".assistant:has-text('a second answer')")


async def test_a_plan_is_shown_and_approved(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api, scripts=False) as page:
        await start(page, "demo:plan")
        await reload_until(page, ".request .plan")
        await expect(page.get_by_role("button", name="Keep planning")).to_be_visible()
        await page.get_by_role("button", name="Approve the plan").click()
        await reload_until(page, "details.done")


async def test_an_edit_is_shown_as_a_diff(api: Api, page_browser: Browser) -> None:
    (api.workspace / "edited.txt").write_text("hello\n")
    async with page_of(page_browser, api, scripts=False) as page:
        await start(page, "demo:edit edited.txt hello => goodbye")
        await reload_until(page, ".request")
        await expect(page.locator(".diff .removed")).to_have_text("-hello")
        await expect(page.locator(".diff .added")).to_have_text("+goodbye")
        await expect(page.locator(".request h2")).to_contain_text("Claude wants to change a file")
        await expect(page.locator(".request .path")).to_have_text(str(api.workspace / "edited.txt"))


async def test_a_changed_line_that_looks_like_a_diff_header_is_shown_as_a_change(
    api: Api, page_browser: Browser
) -> None:
    (api.workspace / "query.sql").write_text("-- drop\n")
    async with page_of(page_browser, api, scripts=False) as page:
        await start(page, "demo:edit query.sql -- drop => ++ keep")
        await reload_until(page, ".request")
        await expect(page.locator(".diff .removed")).to_have_text("--- drop")
        await expect(page.locator(".diff .added")).to_have_text("+++ keep")


async def test_a_long_request_is_shown_from_its_headline(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api) as page:
        await start(page, f"demo:run touch long.txt && echo {'much to read ' * 150}")
        await expect(page.locator(".request h2")).to_be_in_viewport()
        await page.goto("/m/")
        await page.go_back()
        await page.reload()
        await expect(page.locator(".request h2")).to_be_in_viewport()
        await page.get_by_role("button", name="Deny").click()
        await expect(page.locator("#state")).to_have_text("ready")


async def test_with_javascript_the_page_updates_without_reloading(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api) as page:
        await start(page, "demo:stream 40 20")
        await expect(page.locator("#stream .plain")).to_contain_text("word5")
        await expect(page.locator("#conversation .assistant .text").last).to_contain_text("word39")
        await expect(page.locator("#stream")).to_be_hidden()
        await expect(page.locator("#state")).to_have_text("ready")
        await page.get_by_role("textbox", name="Reply").fill("demo:run touch live.txt")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("button", name="Allow once").click()
        await expect(page.locator("details.done")).to_be_visible()
        assert (api.workspace / "live.txt").exists()


async def test_a_request_answered_on_another_page_disappears_and_a_late_answer_has_no_effect(
    api: Api, page_browser: Browser
) -> None:
    async with page_of(page_browser, api) as page, page_of(page_browser, api, scripts=False) as slow:
        await start(page, "demo:run touch twice.txt")
        await expect(page.locator(".request")).to_be_visible()
        path = page.url.partition("/m/")[2].partition("#")[0]
        await slow.goto(f"/m/{path}")
        await page.get_by_role("button", name="Deny").click()
        await expect(page.locator(".request")).to_have_count(0)
        await slow.get_by_role("button", name="Allow once").click()
        await expect(slow.locator(".request")).to_have_count(0)
        assert not (api.workspace / "twice.txt").exists()


async def test_a_comment_being_typed_is_kept_when_the_page_updates(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api) as page:
        await start(page, "demo:run touch typed.txt")
        await page.get_by_label("Comment").fill("half a sent")
        session_id = page.url.rpartition("/")[2].partition("#")[0]
        await api.client.post(f"/sessions/{session_id}/messages", json={"prompt": "demo:say queued"})
        await api.client.patch(f"/sessions/{session_id}", json={"title": "Renamed meanwhile"})
        await expect(page).to_have_title(re.compile("Renamed meanwhile"))
        await expect(page.get_by_label("Comment")).to_have_value("half a sent")


async def test_the_page_reconnects_after_the_api_was_killed(demo: Demo, page_browser: Browser) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, page_of(page_browser, api) as page:
        await start(page, "demo:say before")
        await expect(page.locator("#conversation")).to_contain_text("before")
        session_id = page.url.rpartition("/")[2].partition("#")[0]
        await api.kill()
        await expect(page.locator("#state")).to_have_text("reconnecting…")
        await api.start()
        await expect(page.locator("#state")).not_to_have_text("reconnecting…")
        await api.client.post(f"/sessions/{session_id}/messages", json={"prompt": "demo:stream 30 20"})
        await expect(page.locator("#conversation .assistant .text").last).to_contain_text("word29")
        await page.get_by_role("textbox", name="Reply").fill("too late")
        async with page.expect_response(lambda answer: answer.status == 404):
            await api.client.delete(f"/sessions/{session_id}")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("alert")).to_contain_text("No session")


async def test_a_running_turn_is_interrupted(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api) as page:
        await start(page, "demo:stream 500 30")
        await expect(page.locator("#stream .plain")).to_contain_text("word3")
        await page.get_by_role("button", name="Interrupt").click()
        await expect(page.locator("#state")).to_have_text("ready")


async def test_every_page_passes_axe_and_fits_a_phone(api: Api, page_browser: Browser) -> None:
    prompts = ("demo:markdown", "demo:run touch a11y.txt", "demo:ask", "demo:plan", "demo:think")
    started = [(await api.client.post("/sessions", json={"prompt": prompt})).json()["id"] for prompt in prompts]
    paths = ["/m/", "/m/?q=nothing-like-it", "/m/sessions/nope", "/docs", *(f"/m/sessions/{name}" for name in started)]
    async with asyncio.timeout(60):
        for name in started:
            while (await api.client.get(f"/sessions/{name}")).json()["state"] == "running":
                await asyncio.sleep(0.1)
    async with page_of(page_browser, api, notice="Anybody may come in.") as page:
        for path in paths:
            await page.emulate_media(color_scheme="light")
            await page.goto(path)
            await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found = (await Axe().run(page)).response["violations"]
            await page.emulate_media(color_scheme="dark")
            found += (await Axe().run(page, options=CONTRAST)).response["violations"]
            assert [(path, violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    for name in started:
        await api.client.delete(f"/sessions/{name}")


async def test_the_gateways_notice_is_shown_on_every_page(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api, notice="No key is set: anybody may ask. <b>") as page:
        await page.goto("/m/")
        await expect(page.locator(".bar.warn")).to_have_text("No key is set: anybody may ask. <b>")
        await expect(page.locator(".bar").nth(1)).to_contain_text("Demo model")


async def test_text_in_a_request_does_not_become_markup_and_hides_nothing(api: Api, page_browser: Browser) -> None:
    async with page_of(page_browser, api) as page:
        await start(page, "demo:write evil.txt <img src=x onerror=alert(1)>\u202e")
        shown = page.locator(".request .diff")
        await expect(shown).to_contain_text("<img src=x onerror=alert(1)>")
        await expect(shown).to_contain_text("<U+202E>")
        assert await page.locator("img").count() == 0
        await page.get_by_role("button", name="Deny").click()
