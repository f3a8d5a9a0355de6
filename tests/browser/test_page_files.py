"""Uploads in a whole deployment, and the environment of the commands that Claude runs."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from tests.support.deployment import Deployment, running_deployment
from tests.support.page import DESKTOP_OPTIONS
from tests.support.tab import Tab, opened, signed_in_with
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET, KEY = token_hex(32), token_hex(16)
SLOW = 256 * 1024
"""The upload speed, in bytes per second."""
LARGE = 4 * 1024 * 1024
UNPACED = -1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def files_deployment() -> AsyncIterator[Deployment]:
    key = f"ci:{KEY}"
    async with running_deployment(
        MAX_UPLOAD_MB="5", SESSION_SECRET=SECRET, CLAUDE_CODE_SDK_CONTAINER_API_KEY=key
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def files_login(files_deployment: Deployment, page_browser: Browser) -> AsyncIterator[BrowserContext]:
    async with await signed_in_with(page_browser, files_deployment.sign_in_link(), **DESKTOP_OPTIONS) as context:
        yield context


async def paced(tab: Tab, bytes_a_second: int) -> None:
    """Limits the browser's upload speed."""
    devtools = await tab.page.context.new_cdp_session(tab.page)
    await devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": UNPACED, "uploadThroughput": bytes_a_second},
    )


async def test_an_upload_shows_progress_and_can_be_cancelled(
    files_login: BrowserContext, files_deployment: Deployment, tmp_path: Path
) -> None:
    large, small = tmp_path / "large.bin", tmp_path / "small.txt"
    large.write_bytes(b"x" * LARGE)
    small.write_text("small")
    uploads = files_deployment.workspace / "uploads"
    async with opened(files_login, files_deployment.url) as tab:
        await paced(tab, SLOW)
        await tab.attach(large, small)
        progress = tab.page.get_by_role("progressbar", name="Uploading large.bin")
        await progress.wait_for()

        async def is_under_way() -> bool:
            return 0.05 < float(await progress.get_attribute("value") or 0) < 0.9

        await until(is_under_way)
        await tab.page.get_by_role("button", name="Cancel").click()
        await tab.page.get_by_text("large.bin: Cancelled").wait_for()
        await expect(progress).to_have_count(0)
        # The second file is still uploaded, and nothing of the first remains.
        await tab.wait_for("small.txt")
        assert "large.bin" not in tab.text
        await until(lambda: [path.name for path in uploads.iterdir()] == ["small.txt"])
        await paced(tab, UNPACED)
        await tab.attach(large)
        await tab.wait_for("large.bin")
        assert (uploads / "large.bin").stat().st_size == LARGE


async def test_a_file_that_is_too_large_is_refused_before_the_upload(
    files_login: BrowserContext, files_deployment: Deployment, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.bin"
    huge.write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    async with opened(files_login, files_deployment.url) as tab:
        sent: list[str] = []
        tab.page.on("request", lambda request: sent.append(request.url))
        await tab.attach(huge)
        await tab.page.get_by_text("huge.bin is too large. The limit is 5 MB.").wait_for()
        assert not [url for url in sent if "/files/" in url]
        assert not (files_deployment.workspace / "uploads" / "huge.bin").exists()


async def test_commands_of_claude_get_no_secrets_of_the_gateway(
    files_login: BrowserContext, files_deployment: Deployment
) -> None:
    seen = files_deployment.workspace / "env.txt"
    async with opened(files_login, files_deployment.url) as tab:
        await tab.submit("demo:run env > env.txt; cat /proc/self/environ >> env.txt; echo ready >> env.txt")
        await tab.wait_for("Allow once")
        assert not seen.exists()
        await tab.page.keyboard.press("y")
        await tab.wait_for("Done. Output:")
    text = seen.read_text()
    assert "PATH=" in text
    assert text.endswith("ready\n")
    assert SECRET not in text
    assert KEY not in text
