"""Accessibility: names, contrast, reduced motion, and the links to the plain page."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.support.page import DESKTOP_OPTIONS, PHONE_OPTIONS, small_page
from tests.support.tui_gateway import FakeGateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOVES = "document.getAnimations().filter(each => each.playState === 'running').length"
"""Counts the running animations."""
FRAMES = """left => new Promise(done => {
    const next = () => left-- ? requestAnimationFrame(next) : done();
    next();
})"""
"""Resolves when the page has drawn this many frames."""


async def test_every_control_has_a_name_and_the_link_to_the_plain_page_is_first(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        nameless = await tab.page.evaluate(
            """[...document.querySelectorAll('button, a, input, textarea')]
                .filter(each => !each.classList.contains('xterm-helper-textarea') && each.type !== 'file')
                .filter(each => !(each.ariaLabel || each.textContent.trim() || each.labels?.length))
                .map(each => each.outerHTML)"""
        )
        assert nameless == []
        assert await tab.page.evaluate("document.querySelector('a, button').classList.contains('skip')")
        small = await tab.page.evaluate(
            """[...document.querySelectorAll('#dock button')].filter(each => {
                const box = each.getBoundingClientRect();
                return box.height < 40 || box.width < 32;
            }).length"""
        )
        assert small == 0


@pytest.mark.parametrize("kind", [DESKTOP_OPTIONS, PHONE_OPTIONS], ids=["desk", "hand"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_the_page_passes_axe_in_every_state(
    page_browser: Browser, page_gateway: FakeGateway, kind: dict[str, object], scheme: str
) -> None:
    async with small_page(page_browser, page_gateway, **{**kind, "color_scheme": scheme}) as tab:

        async def check(what: str) -> None:
            # The app's own tests check the colours inside the terminal.
            found = (await Axe().run(tab.page, {"exclude": [[".xterm"]]})).response["violations"]
            assert [(what, each["id"], each["nodes"][0]["html"]) for each in found] == []

        await check("screen")
        await tab.page.get_by_role("button", name="Page menu").click()
        await check("menu")
        await tab.page.get_by_role("button", name="Select text").click()
        await check("selection")
        await tab.page.get_by_role("button", name="Done").click()
        await page_gateway.close()
        await tab.wait_for_card("Reconnecting…")
        await check("reconnecting")


async def test_reduced_motion_is_respected(page_browser: Browser, page_gateway: FakeGateway) -> None:
    for wish, moves in (("no-preference", True), ("reduce", False)):
        async with small_page(page_browser, page_gateway, **PHONE_OPTIONS, reduced_motion=wish) as tab:
            # The splash has the longest animation; it is shown until the first frame arrives.
            await tab.page.evaluate("document.body.classList.remove('-first-byte')")
            assert bool(await tab.page.evaluate(MOVES)) is moves, wish
            sent = tab.record_input()
            finger = await tab.page.context.new_cdp_session(tab.page)
            for kind, y in (("touchStart", 300), *(("touchMove", 300 + 40 * step) for step in range(1, 6))):
                await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 150, "y": y}]})
            await tab.page.evaluate(FRAMES, 2)
            scrolled = len(sent)
            await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            # After the finger is lifted, the screen goes on gliding in the next frames.
            await tab.page.evaluate(FRAMES, 30)
            assert (len(sent) > scrolled) is moves, wish


async def test_the_links_to_the_plain_page_open_the_current_session(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        address = "/m/sessions/00000000-0000-4000-8000-000000000001"
        first = tab.page.get_by_role("link", name="plain page, made for screen readers")
        await expect(first).to_have_attribute("href", address)
        await first.focus()
        await expect(first).to_be_in_viewport()
        await tab.page.get_by_role("button", name="Page menu").click()
        await expect(tab.page.get_by_role("link", name="Plain page", exact=True)).to_have_attribute("href", address)
