"""The page in a whole deployment: gateway, serve, terminal app, api, and the real CLI on the demo model."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.support.deployment import Deployment, running_deployment
from tests.support.page import DESKTOP_OPTIONS, PHONE_OPTIONS, gateway_before
from tests.support.pids import children_of
from tests.support.tab import Tab, opened, signed_in_with
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERED = "$0"
"""The cost, which appears with the first answer and not with the typed prompt."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page_deployment() -> AsyncIterator[Deployment]:
    async with running_deployment(MAX_TABS="3", REATTACH_SECONDS="5") as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def login(page_deployment: Deployment, page_browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser context that is signed in."""
    async with await signed_in_with(page_browser, page_deployment.sign_in_link(), **DESKTOP_OPTIONS) as context:
        yield context


async def test_an_upload_appears_in_the_workspace_and_in_the_prompt(
    login: BrowserContext, page_deployment: Deployment, tmp_path: Path
) -> None:
    note = tmp_path / "my notes.txt"
    note.write_text("naïve ✓")
    async with opened(login, page_deployment.url) as tab:
        await tab.attach(note)
        await tab.wait_for("my-notes.txt")
        assert (page_deployment.workspace / "uploads" / "my-notes.txt").read_text() == "naïve ✓"


async def test_nothing_is_lost_when_serve_is_killed_during_an_answer(
    login: BrowserContext, page_deployment: Deployment
) -> None:
    async with opened(login, page_deployment.url) as tab:
        await tab.submit("demo:stream 150 40")
        await tab.wait_for("word10")
        apps = children_of(page_deployment.pid_of("tui"))
        page_deployment.kill("tui")
        await tab.page.locator("body:not([data-connection=open])").wait_for()
        await tab.page.locator("body[data-connection=open]").wait_for(timeout=40_000)
        await tab.wait_for("word149", seconds=60)
        assert not set(apps) & set(children_of(page_deployment.pid_of("tui")))
        title = await until(tab.page.title)
        assert "demo:stream" in title


async def test_app_and_draft_survive_a_killed_gateway(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as tab:
        await tab.submit("demo:say on the screen")
        await tab.wait_for("on the screen", ANSWERED)
        await tab.page.keyboard.type("half a thought")
        await tab.wait_for("half a thought")
        apps = set(children_of(page_deployment.pid_of("tui")))
        page_deployment.kill("auth")
        await tab.page.locator("body:not([data-connection=open])").wait_for()
        await tab.page.locator("body[data-connection=open]").wait_for(timeout=60_000)
        await tab.wait_for("on the screen", "half a thought", seconds=60)
        assert apps & set(children_of(page_deployment.pid_of("tui"))), "no new app was started"
        await tab.page.keyboard.type(" and the rest")
        await tab.wait_for("half a thought and the rest")


async def test_the_scroll_position_survives_a_reconnect(login: BrowserContext, page_deployment: Deployment) -> None:
    port = int(page_deployment.url.rpartition(":")[2])
    async with gateway_before(port) as gateway, opened(login, f"http://localhost:{gateway.port}") as tab:
        await tab.submit("demo:stream 1200 1")
        await tab.wait_for("word1199", ANSWERED, seconds=60)
        for _ in range(2):
            await tab.page.keyboard.press("PageUp")
        await tab.wait_for("to the end ↓")
        await tab.wait_gone("word1199")
        await tab.page.keyboard.type("half a thought")
        await tab.wait_for("half a thought")
        rows = _rows_of_words(tab)
        async with tab.page.expect_websocket():
            gateway.cut()
        await tab.page.locator("body[data-connection=open]").wait_for(timeout=60_000)
        await tab.wait_for("to the end ↓", "half a thought")
        assert _rows_of_words(tab) == rows
        await tab.page.keyboard.press("Control+End")
        await tab.wait_for("word1199")


def _rows_of_words(tab: Tab) -> list[str]:
    return [row for row in tab.text.splitlines() if "word" in row]


async def test_the_session_continues_after_the_api_is_killed(
    login: BrowserContext, page_deployment: Deployment
) -> None:
    async with opened(login, page_deployment.url) as tab:
        await tab.submit("demo:say before it")
        await tab.wait_for("before it", ANSWERED)
        page_deployment.kill("api")
        await tab.wait_for("connection lost, trying again", seconds=60)
        await tab.wait_gone("connection lost, trying again", seconds=60)
        await tab.submit("demo:say after it")
        await tab.wait_for("before it", "\n   after it", seconds=60)


async def test_a_session_is_downloaded_through_the_gateway(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as tab:
        await tab.submit("demo:say worth keeping")
        await tab.wait_for("worth keeping", ANSWERED)
        await tab.page.keyboard.type("/export md")
        await tab.wait_for("/export md")
        async with tab.page.expect_download(timeout=60_000) as download:
            await tab.page.keyboard.press("Enter")
        assert "worth keeping" in (await (await download.value).path()).read_text()


async def test_two_tabs_show_the_same_session_live(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as one:
        await one.submit("demo:say first words")
        await one.wait_for("first words", ANSWERED)
        session = await until(lambda: one.page.evaluate("sessionStorage.getItem('session')"))
        async with opened(login, f"{page_deployment.url}/?session={session}") as two:
            await two.wait_for("first words")
            await two.submit("demo:say from the other tab")
            await one.wait_for("\n   from the other tab")


async def test_apps_get_no_secrets_and_the_page_shows_the_tab_limit(
    login: BrowserContext, page_deployment: Deployment
) -> None:
    async with AsyncExitStack() as open_tabs:
        for _ in range(3):
            await open_tabs.enter_async_context(opened(login, page_deployment.url))
        for pid in children_of(page_deployment.pid_of("tui")):
            names = {each.split("=")[0] for each in Path(f"/proc/{pid}/environ").read_text().split("\0") if each}
            assert names, "the environment is readable"
            assert not names & {
                "SESSION_SECRET",
                "RESEND_API_KEY",
                "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
                "ANTHROPIC_API_KEY",
            }
        page = await login.new_page()
        await page.goto(page_deployment.url)
        await page.locator("#connection:visible", has_text="You have too many open tabs").wait_for(timeout=20_000)
    await page.get_by_role("button", name="Try now").click()
    await page.locator("body[data-connection=open]").wait_for(timeout=20_000)
    await page.close()


async def test_a_phone_sends_a_prompt_and_allows_a_command(
    page_browser: Browser, login: BrowserContext, page_deployment: Deployment
) -> None:
    async with await page_browser.new_context(**PHONE_OPTIONS, storage_state=await login.storage_state()) as context:
        tab = Tab(await context.new_page())
        await tab.page.goto(page_deployment.url)
        await tab.wait_for("demo")
        await tab.page.locator("#prompt").fill("demo:run touch by-phone.txt")
        await tab.page.locator("#send").tap()
        await tab.wait_for("touch by-phone.txt", "Allow once")
        # Text from the field is always a prompt, never an answer to the open request.
        await tab.page.locator("#prompt").fill("y")
        await tab.page.locator("#send").tap()
        await until(lambda: tab.page.evaluate("document.getElementById('prompt').value === ''"))
        assert not (page_deployment.workspace / "by-phone.txt").exists()
        row = next(number for number, line in enumerate(tab.text.splitlines()) if "Allow once" in line)
        column = tab.text.splitlines()[row].index("Allow once")
        box = await tab.page.locator(".xterm-screen").bounding_box()
        assert box
        size = await tab.page.evaluate("JSON.parse(JSON.stringify(localStorage.size)).split(' ').slice(1).map(Number)")
        x, y = box["width"] / size[0] * (column + 3), box["height"] / size[1] * (row + 0.5)
        await tab.page.locator(".xterm-screen").tap(position={"x": x, "y": y})
        await until((page_deployment.workspace / "by-phone.txt").exists)


async def test_a_second_sign_in_keeps_open_tabs(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as tab:
        used = page_deployment.sign_in_link()
        await login.request.post(f"{page_deployment.url}/auth/start", data={"email": "owner@localhost"})
        await until(lambda: page_deployment.sign_in_link() != used)
        other = await login.new_page()
        async with tab.page.expect_websocket():
            await other.goto(page_deployment.sign_in_link())
        await tab.page.locator("body[data-connection=open]").wait_for(timeout=40_000)
        await tab.submit("demo:say still here")
        await tab.wait_for("\n   still here")
        await other.close()


async def test_signing_out_reaches_every_open_tab(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as one, opened(login, page_deployment.url) as two:
        await one.page.get_by_role("button", name="Page menu").click()
        await one.page.get_by_role("button", name="Sign out").click()
        await two.page.locator("#connection", has_text="You are signed out").wait_for(timeout=20_000)
        await two.page.get_by_role("button", name="Sign in").click()
        await two.page.get_by_label("mail").first.wait_for()
