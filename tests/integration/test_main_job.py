"""The main user journey: the printed sign-in link, a prompt, a permission, an interrupt and a reload."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.deployment import OWNER, Deployment, running_deployment
from tests.support.network import NO_TLS
from tests.support.tab import DESKTOP, PHONE, Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = Path(__file__).parents[2] / "test-results"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def deployment() -> AsyncIterator[Deployment]:
    async with running_deployment() as running:
        yield running


@asynccontextmanager
async def sign_in(browser: Browser, link: str, size: tuple[int, int] = DESKTOP) -> AsyncIterator[Tab]:
    """Opens the link in a new browser profile, which shows a page with a button to confirm, and presses the button."""
    async with await browser.new_context(viewport={"width": size[0], "height": size[1]}) as context:
        page = await context.new_page()
        tab = Tab(page)
        await page.goto(link)
        await page.get_by_role("button").click()
        await tab.wait_for("Ask Claude anything")
        yield tab


async def test_a_new_user_signs_in_chats_allows_interrupts_and_reloads(
    deployment: Deployment, page_browser: Browser
) -> None:
    link = deployment.sign_in_link()
    async with sign_in(page_browser, link) as tab:
        await tab.wait_for("demo", OWNER)
        async with httpx2.AsyncClient(verify=NO_TLS) as stranger:
            answer = await stranger.get(link)
        assert answer.status_code == httpx2.codes.BAD_REQUEST, "a link signs in once"
        await tab.screenshot(PICTURES / "first-screen.png")

        await tab.submit("demo:markdown")
        await tab.wait_for("The end.")
        await tab.submit("demo:say the quick brown fox")
        await tab.wait_for("\n   the quick brown fox")
        await tab.screenshot(PICTURES / "answer.png")

        # `ls -la` alone would not ask for permission, because Claude Code allows commands that only read the workspace.
        await tab.submit("demo:run touch a-file-of-mine.txt && ls -la")
        await tab.wait_for("touch a-file-of-mine.txt && ls -la", "Allow")
        await tab.screenshot(PICTURES / "permission.png")
        assert not (deployment.workspace / "a-file-of-mine.txt").exists()
        await tab.page.keyboard.press("y")
        await tab.wait_for("Done. Output:")
        assert (deployment.workspace / "a-file-of-mine.txt").exists()
        await tab.screenshot(PICTURES / "tool.png")

        await tab.submit("demo:stream 500 50")
        await tab.wait_for("word5")
        await tab.page.keyboard.press("Escape")
        await tab.wait_for("nterrupted")
        assert "word499" not in tab.text

        await tab.page.reload()
        await tab.wait_for("nterrupted")
        await tab.screenshot(PICTURES / "reloaded.png")


async def test_the_same_works_on_a_phone(deployment: Deployment, page_browser: Browser) -> None:
    async with sign_in(page_browser, await deployment.request_sign_in_link(), PHONE) as tab:
        await tab.submit("demo:markdown")
        await tab.wait_for("The end.")
        await tab.submit("demo:run touch x")
        await tab.wait_for("touch x", "Allow")
        await tab.screenshot(PICTURES / "phone-permission.png")
