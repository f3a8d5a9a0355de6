"""The gateway's own pages in Chromium: without JavaScript, light and dark, phone and desktop, keyboard, accessible."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.support.auth import NO_MAIL, GatewayProcess, fresh_address, fresh_ip, running_auth

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = Path(__file__).parents[2] / "test-results" / "auth"
STATUS = "the server responded with a status of 40"
"""Chromium's console message about pages with an error status."""
LOOKS: dict[str, tuple[ViewportSize, bool]] = {
    "desktop-light": ({"width": 1280, "height": 800}, False),
    "desktop-dark": ({"width": 1280, "height": 800}, True),
    "phone-light": ({"width": 375, "height": 720}, False),
    "phone-dark": ({"width": 375, "height": 720}, True),
    "narrow": ({"width": 280, "height": 653}, False),
}


@asynccontextmanager
async def visitor(browser: Browser, look: str = "desktop-light", *, scripts: bool = False) -> AsyncIterator[Page]:
    """A page in a new browser context; fails if the console shows an error."""
    size, dark = LOOKS[look]
    context = await browser.new_context(
        viewport=size,
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        extra_http_headers={"X-Forwarded-For": fresh_ip()},
    )
    page = await context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: None if STATUS in message.text else errors.append(message.text))
    try:
        yield page
        assert errors == []
    finally:
        await context.close()


async def show_each(page: Page, gateway: GatewayProcess) -> AsyncIterator[str]:
    """Visits every page as a person would; yields the name of each while it is shown."""
    address = fresh_address()
    await page.goto(f"{gateway.url}/auth/login")
    yield "sign-in"
    await page.fill("#email", "nobody@elsewhere.example")
    await page.get_by_role("button", name="Send me a link").click()
    await page.get_by_role("alert").wait_for()
    yield "refused"
    await page.fill("#email", address)
    await page.get_by_role("button", name="Send me a link").click()
    await page.wait_for_url("**/auth/sent")
    yield "sent"
    link = gateway.mailed_link(address)
    context: BrowserContext = page.context
    await context.clear_cookies()
    await page.goto(link)
    yield "confirm"
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{gateway.url}/")
    await page.goto(f"{gateway.url}/auth/sessions")
    yield "logins"
    await page.goto(link)
    yield "expired"
    await page.goto(f"{gateway.url}/m/nothing%2fhere")
    yield "not-found"
    await page.goto(f"{gateway.url}/auth/sessions")
    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.wait_for_url("**/auth/signed-out")
    yield "signed-out"


@pytest.mark.parametrize("look", LOOKS)
async def test_every_page_fits_the_screen_without_javascript(
    gateway: GatewayProcess, page_browser: Browser, look: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with visitor(page_browser, look) as page:
        async for name in show_each(page, gateway):
            await page.screenshot(path=PICTURES / f"{name}-{look}.png")
            assert await page.locator("h1").count() == 1, name
            too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not await page.evaluate(too_wide), name


@pytest.mark.parametrize("look", ["desktop-light", "phone-dark"])
async def test_pages_are_accessible(gateway: GatewayProcess, page_browser: Browser, look: str) -> None:
    async with visitor(page_browser, look, scripts=True) as page:
        async for name in show_each(page, gateway):
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"


async def test_keyboard_only(gateway: GatewayProcess, page_browser: Browser) -> None:
    async with visitor(page_browser) as page:
        address = fresh_address()
        await page.goto(f"{gateway.url}/auth/login")
        await page.locator("input:focus").wait_for()
        await page.keyboard.type(address)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/auth/sent")
        await page.context.clear_cookies()
        await page.goto(gateway.mailed_link(address))
        await page.locator("button:focus").wait_for()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{gateway.url}/")
        await page.goto(f"{gateway.url}/auth/sessions")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/auth/signed-out")


async def test_requesting_browser_is_signed_in_at_once(gateway: GatewayProcess, page_browser: Browser) -> None:
    async with visitor(page_browser, scripts=True) as page:
        address = fresh_address()
        await page.goto(f"{gateway.url}/")
        await page.wait_for_url("**/auth/login")
        await page.fill("#email", address)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/auth/sent")
        # A link in webmail is opened from another site.
        await page.goto("data:text/html,<a id=x>x</a>")
        await page.goto(gateway.mailed_link(address), referer="https://mail.example/")
        await page.wait_for_url(f"{gateway.url}/")


async def test_page_of_a_starting_service_reloads(page_browser: Browser) -> None:
    async with running_auth(NO_MAIL, has_upstreams=False) as gateway:
        for look in ("desktop-light", "phone-dark"):
            async with browser_page(page_browser, look) as page:
                if look == "desktop-light":
                    await page.goto(await gateway.first_link())
                    await page.get_by_role("button").click()
                    cookies = await page.context.cookies()
                else:
                    await page.context.add_cookies([{**cookie} for cookie in cookies])  # type: ignore[typeddict-item]
                    await page.goto(gateway.url)
                await page.get_by_role("status").wait_for()
                await page.screenshot(path=PICTURES / f"starting-{look}.png")


@asynccontextmanager
async def browser_page(browser: Browser, look: str) -> AsyncIterator[Page]:
    """Like `visitor`, for pages with expected errors."""
    size, dark = LOOKS[look]
    context = await browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def test_mail_is_readable(gateway: GatewayProcess, page_browser: Browser) -> None:
    address = fresh_address()
    async with gateway.browser() as client:
        await gateway.sign_in(client, address)
    async with visitor(page_browser, "phone-light") as page:
        await page.set_content(gateway.mails(address)[0]["html"])
        await page.screenshot(path=PICTURES / "mail.png")
        assert await page.get_by_role("link", name="Sign in").is_visible()


WORKER = """async path => {
  try { await navigator.serviceWorker.register(path, { scope: "/files/" }); return "runs" } catch { return "blocked" }
}"""
SCRIPT = """path => new Promise(tell => {
  const script = document.createElement("script");
  script.src = path;
  script.onload = () => tell("runs");
  script.onerror = () => tell("blocked");
  document.head.append(script);
})"""


async def test_workspace_files_run_no_script(gateway: GatewayProcess, page_browser: Browser) -> None:
    """No page of ours can load a script from the workspace, and pages in the workspace run none."""
    async with browser_page(page_browser, "desktop-light") as page:
        async with gateway.signed_in() as client:
            cookie = client.cookies["sid"]
        await page.context.add_cookies([{"name": "sid", "value": cookie, "url": gateway.url}])
        for path in ("/", "/m", "/docs"):
            await page.goto(f"{gateway.url}{path}")
            assert await page.evaluate(SCRIPT, "/files/evil.js") == "blocked", path
            assert await page.evaluate(WORKER, "/files/evil.js") == "blocked", path
        answer = await page.goto(f"{gateway.url}/files/page.html")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "; sandbox;" in policy
        assert policy.startswith("default-src 'none'")
