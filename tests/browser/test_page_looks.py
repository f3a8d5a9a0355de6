"""Title, icon, notifications, colours, accessibility; and what the browser lets a page do."""

import pytest
from playwright.async_api import Browser

from tests.parts.page import DESK, HAND, small_page, until
from tests.parts.wire import Door

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_title_and_icon_say_how_things_stand(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        icon = tab.page.locator("#icon")
        await until(lambda: tab.page.evaluate("document.title === 'Small app'"))
        for state in ("working", "needs_you", "offline", "idle"):
            await tab.submit(f"state {state}")
            await tab.page.locator(f"body[data-state={state}]").wait_for()
            assert await tab.page.title() == f"state {state}"
            name = {"needs_you": "icon-needs-you", "idle": "icon"}.get(state, f"icon-{state}")
            href = await icon.get_attribute("href")
            assert href
            assert href.endswith(f"/icons/{name}.svg")
            assert (await tab.page.request.get(page_door.url + href)).ok


HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


async def test_notifications_are_asked_for_once_and_only_after_one_was_missed(
    page_browser: Browser, page_door: Door
) -> None:
    async with small_page(page_browser, page_door) as tab:
        question = tab.page.get_by_text("Shall this page tell you")
        await tab.page.evaluate("void Object.defineProperty(Notification, 'permission', {get: () => 'default'})")
        await tab.submit("notify seen")
        await tab.wait_for("got: notify seen")
        assert await question.count() == 0, "who looks needs no notification"
        for times in (1, 0):
            await tab.page.evaluate(HIDE, True)
            await tab.submit("notify missed")
            await tab.wait_for("got: notify missed")
            await tab.page.evaluate(HIDE, False)
            if times:
                await question.wait_for()
                await tab.page.get_by_role("button", name="No", exact=True).click()
        assert await question.count() == 0


async def test_a_notification_is_shown_when_nobody_looks(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door, **DESK, permissions=["notifications"]) as tab:
        await tab.page.evaluate(HIDE, True)
        await tab.submit("notify Claude needs you")
        shown = "navigator.serviceWorker.getRegistration('/').then(each => each?.getNotifications())"
        bodies = await until(lambda: tab.page.evaluate(f"{shown}.then(all => all?.map(each => each.body))"))
        assert bodies == ["Claude needs you"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_light_and_dark_go_to_the_app_and_the_apps_colour_comes_back(
    page_browser: Browser, page_door: Door, scheme: str
) -> None:
    async with small_page(page_browser, page_door, **{**DESK, "color_scheme": scheme}) as tab:
        await tab.wait_for(f"prefers {scheme}")
        await tab.page.locator("html[data-theme=dark]").wait_for()  # the small app is always dark
        other = {"dark": "light", "light": "dark"}[scheme]
        await tab.page.emulate_media(color_scheme=other)  # type: ignore[arg-type]  # one of its literals
        await tab.wait_for(f"prefers {other}")


async def test_the_apps_words_are_drawn_in_our_own_font(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        loaded = "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)"
        fonts = await tab.page.evaluate(loaded)
        assert [font.strip('"') for font in fonts].count("JetBrains Mono") >= 2, "regular and bold"
        assert "DejaVu Symbols" in "".join(fonts)


async def test_nothing_from_elsewhere_and_no_foreign_script(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door) as tab:
        hosts: set[str] = set()
        tab.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        await tab.page.reload()
        await tab.back()
        assert hosts == {f"127.0.0.1:{page_door.port}"}
        await tab.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
        )
        assert await tab.page.evaluate("window.x") is None
        tab.complaints.clear()  # the browser says that it refused


async def test_every_control_has_a_name_and_the_plain_page_comes_first(page_browser: Browser, page_door: Door) -> None:
    async with small_page(page_browser, page_door, **HAND) as tab:
        nameless = await tab.page.evaluate(
            """[...document.querySelectorAll('button, a, input, textarea')]
                .filter(each => !each.classList.contains('xterm-helper-textarea') && each.type !== 'file')
                .filter(each => !(each.ariaLabel || each.textContent.trim() || each.labels?.length))
                .map(each => each.outerHTML)"""
        )
        assert nameless == []
        assert await tab.page.evaluate("document.querySelector('a, button').getAttribute('href')") == "/m"
        small = await tab.page.evaluate(
            """[...document.querySelectorAll('#dock button')].filter(each => {
                const box = each.getBoundingClientRect();
                return box.height < 40 || box.width < 32;
            }).length"""
        )
        assert small == 0
