"""The page on the whole chain: the door, serve, the terminal app, the api, the real CLI on the demo model."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.support.deployment import Deployment, running_deployment
from tests.support.page import DESK, HAND, standing_before
from tests.support.pids import children_of
from tests.support.tab import Tab, opened, signed_in_with
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERED = "$0"
"""The cost, which no prompt shows: the first answer is there, not only what was typed."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page_deployment() -> AsyncIterator[Deployment]:
    async with running_deployment(MAX_TABS="3", REATTACH_SECONDS="5") as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def login(page_deployment: Deployment, page_browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser context that is signed in."""
    async with await signed_in_with(page_browser, page_deployment.sign_in_link(), **DESK) as context:
        yield context


async def test_an_upload_stands_in_the_workspace_and_in_the_prompt(
    login: BrowserContext, page_deployment: Deployment, tmp_path: Path
) -> None:
    note = tmp_path / "my notes.txt"
    note.write_text("naïve ✓")
    async with opened(login, page_deployment.url) as tab:
        await tab.attach(note)
        await tab.wait_for("my-notes.txt")
        assert (page_deployment.workspace / "uploads" / "my-notes.txt").read_text() == "naïve ✓"


async def test_serve_is_killed_in_mid_answer_and_nothing_is_lost(
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


async def test_the_door_is_killed_and_the_same_app_comes_back_with_its_draft(
    login: BrowserContext, page_deployment: Deployment
) -> None:
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
        assert apps & set(children_of(page_deployment.pid_of("tui"))), "no new app was needed"
        await tab.page.keyboard.type(" and the rest")
        await tab.wait_for("half a thought and the rest")


async def test_a_cut_keeps_the_place_where_somebody_reads(login: BrowserContext, page_deployment: Deployment) -> None:
    port = int(page_deployment.url.rpartition(":")[2])
    async with standing_before(port) as line, opened(login, f"http://localhost:{line.port}") as tab:
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
            line.cut()
        await tab.page.locator("body[data-connection=open]").wait_for(timeout=60_000)
        await tab.wait_for("to the end ↓", "half a thought")
        assert _rows_of_words(tab) == rows
        await tab.page.keyboard.press("Control+End")
        await tab.wait_for("word1199")


def _rows_of_words(tab: Tab) -> list[str]:
    return [row for row in tab.text.splitlines() if "word" in row]


async def test_the_api_is_killed_and_the_talk_goes_on(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as tab:
        await tab.submit("demo:say before it")
        await tab.wait_for("before it", ANSWERED)
        page_deployment.kill("api")
        await tab.wait_for("connection lost, trying again", seconds=60)
        await tab.wait_gone("connection lost, trying again", seconds=60)
        await tab.submit("demo:say after it")
        await tab.wait_for("before it", "\n   after it", seconds=60)


async def test_a_talk_is_downloaded_through_the_door(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as tab:
        await tab.submit("demo:say worth keeping")
        await tab.wait_for("worth keeping", ANSWERED)
        await tab.page.keyboard.type("/export md")
        await tab.wait_for("/export md")
        async with tab.page.expect_download(timeout=60_000) as download:
            await tab.page.keyboard.press("Enter")
        assert "worth keeping" in (await (await download.value).path()).read_text()


async def test_two_tabs_show_the_same_talk_live(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as one:
        await one.submit("demo:say first words")
        await one.wait_for("first words", ANSWERED)
        session = await until(lambda: one.page.evaluate("sessionStorage.getItem('session')"))
        async with opened(login, f"{page_deployment.url}/?session={session}") as two:
            await two.wait_for("first words")
            await two.submit("demo:say from the other tab")
            await one.wait_for("\n   from the other tab")


async def test_an_app_knows_no_secret_and_one_too_many_is_told(
    login: BrowserContext, page_deployment: Deployment
) -> None:
    async with AsyncExitStack() as open_tabs:
        for _ in range(3):
            await open_tabs.enter_async_context(opened(login, page_deployment.url))
        for pid in children_of(page_deployment.pid_of("tui")):
            names = {each.split("=")[0] for each in Path(f"/proc/{pid}/environ").read_text().split("\0") if each}
            assert names, "readable, as we are the same user"
            assert not names & {
                "SESSION_SECRET",
                "RESEND_API_KEY",
                "CLAUDE_CODE_SDK_CONTAINER_API_KEY",
                "ANTHROPIC_API_KEY",
            }
        page = await login.new_page()
        await page.goto(page_deployment.url)
        await page.locator("#connection:visible", has_text="You have many tabs open").wait_for(timeout=20_000)
    await page.get_by_role("button", name="Try now").click()
    await page.locator("body[data-connection=open]").wait_for(timeout=20_000)
    await page.close()


async def test_a_phone_prompts_and_allows(
    page_browser: Browser, login: BrowserContext, page_deployment: Deployment
) -> None:
    async with await page_browser.new_context(**HAND, storage_state=await login.storage_state()) as context:
        tab = Tab(await context.new_page())
        await tab.page.goto(page_deployment.url)
        await tab.wait_for("demo")
        await tab.page.locator("#prompt").fill("demo:run touch by-phone.txt")
        await tab.page.locator("#send").tap()
        await tab.wait_for("touch by-phone.txt", "Allow once")
        # A prompt from the field is a prompt, never an answer to the question in front.
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


async def test_signing_in_again_elsewhere_in_the_browser_costs_no_tab(
    login: BrowserContext, page_deployment: Deployment
) -> None:
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


async def test_signing_out_is_said_to_every_open_tab(login: BrowserContext, page_deployment: Deployment) -> None:
    async with opened(login, page_deployment.url) as one, opened(login, page_deployment.url) as two:
        await one.page.get_by_role("button", name="Page menu").click()
        await one.page.get_by_role("button", name="Sign out").click()
        await two.page.locator("#connection", has_text="You are signed out").wait_for(timeout=20_000)
        await two.page.get_by_role("button", name="Sign in").click()
        await two.page.get_by_label("mail").first.wait_for()
