"""For everyone: names, contrast, stillness, and the way to the plain page."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.support.page import DESK, HAND, small_page
from tests.support.tui_gateway import Door

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOVES = "document.getAnimations().filter(each => each.playState === 'running').length"
"""How many animations run just now."""
FRAMES = """left => new Promise(done => {
    const next = () => left-- ? requestAnimationFrame(next) : done();
    next();
})"""
"""Is done when the page has drawn so often."""


async def test_every_control_has_a_name_and_the_plain_page_comes_first(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door, **HAND) as tab:
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


@pytest.mark.parametrize("kind", [DESK, HAND], ids=["desk", "hand"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_the_page_passes_axe_whatever_it_shows(
    page_browser: Browser, page_door: Door, kind: dict[str, object], scheme: str
) -> None:
    async with small_page(page_browser, page_door, **{**kind, "color_scheme": scheme}) as tab:

        async def check(what: str) -> None:
            # The colours inside the terminal are the app's: its own tests look at them.
            found = (await Axe().run(tab.page, {"exclude": [[".xterm"]]})).response["violations"]
            assert [(what, each["id"], each["nodes"][0]["html"]) for each in found] == []

        await check("screen")
        await tab.page.get_by_role("button", name="Page menu").click()
        await check("menu")
        await tab.page.get_by_role("button", name="Select text").click()
        await check("selection")
        await tab.page.get_by_role("button", name="Done").click()
        await page_door.shut()
        await tab.words("Reconnecting…")
        await check("reconnecting")


async def test_whoever_wants_no_motion_gets_none(page_browser: Browser, page_door: Door) -> None:
    for wish, moves in (("no-preference", True), ("reduce", False)):
        async with small_page(page_browser, page_door, **HAND, reduced_motion=wish) as tab:
            # The splash is what moves longest: it stands before a screen without a first frame.
            await tab.page.evaluate("document.body.classList.remove('-first-byte')")
            assert bool(await tab.page.evaluate(MOVES)) is moves, wish
            sent = tab.typed()
            finger = await tab.page.context.new_cdp_session(tab.page)
            for kind, y in (("touchStart", 300), *(("touchMove", 300 + 40 * step) for step in range(1, 6))):
                await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 150, "y": y}]})
            await tab.page.evaluate(FRAMES, 2)
            scrolled = len(sent)
            await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            # What a screen glides on after the finger has left, it glides in the next frames.
            await tab.page.evaluate(FRAMES, 30)
            assert (len(sent) > scrolled) is moves, wish


async def test_the_way_to_the_plain_page_leads_to_this_conversation(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        talk = "/m/sessions/00000000-0000-4000-8000-000000000001"
        first = tab.page.get_by_role("link", name="plain page, made for screen readers")
        await expect(first).to_have_attribute("href", talk)
        await first.focus()
        await expect(first).to_be_in_viewport()
        await tab.page.get_by_role("button", name="Page menu").click()
        await expect(tab.page.get_by_role("link", name="Plain page", exact=True)).to_have_attribute("href", talk)
