"""Title, icon, notifications, colours and fonts of the page, and its content security policy."""

import pytest
from playwright.async_api import Browser

from tests.support.page import DESKTOP_OPTIONS, small_page
from tests.support.tui_gateway import FakeGateway
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_title_and_icon_show_the_state(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
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
            assert (await tab.page.request.get(page_gateway.url + href)).ok


HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


async def test_the_page_asks_once_for_notifications_after_one_was_missed(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        question = tab.page.get_by_text("Notify you when")
        await tab.page.evaluate("void Object.defineProperty(Notification, 'permission', {get: () => 'default'})")
        await tab.submit("notify seen")
        await tab.wait_for("got: notify seen")
        assert await question.count() == 0, "a visible page needs no notification"
        for times in (1, 0):
            await tab.page.evaluate(HIDE, True)
            await tab.submit("notify missed")
            await tab.wait_for("got: notify missed")
            await tab.page.evaluate(HIDE, False)
            if times:
                await question.wait_for()
                await tab.page.get_by_role("button", name="No", exact=True).click()
        assert await question.count() == 0


async def test_a_notification_is_shown_while_the_tab_is_hidden(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **DESKTOP_OPTIONS, permissions=["notifications"]) as tab:
        await tab.page.evaluate(HIDE, True)
        await tab.submit("notify Claude needs you")
        shown = "navigator.serviceWorker.getRegistration('/').then(each => each?.getNotifications())"
        bodies = await until(lambda: tab.page.evaluate(f"{shown}.then(all => all?.map(each => each.body))"))
        assert bodies == ["Claude needs you"]


CLICK = """async () => {
    const calls = [];
    // Browsers allow these calls only after a real click, which a headless browser cannot make.
    NotificationEvent.prototype.waitUntil = done => { calls.waits = done; };
    self.clients.openWindow = async address => { calls.push(`open ${address}`); };
    WindowClient.prototype.focus = async function () { calls.push(`focus ${new URL(this.url).pathname}`); };
    const [notification] = await registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', {notification}));
    await calls.waits;
    return [...calls, (await registration.getNotifications()).length];
}"""


async def test_a_click_on_a_notification_focuses_the_tab_or_opens_the_plain_page(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **DESKTOP_OPTIONS, permissions=["notifications"]) as tab:
        shown = "navigator.serviceWorker.getRegistration('/').then(each => each?.getNotifications())"

        async def missed() -> None:
            await tab.page.evaluate(HIDE, True)
            await tab.submit("notify Claude needs you")
            await until(lambda: tab.page.evaluate(f"{shown}.then(all => all?.length)"))

        await missed()
        (worker,) = tab.page.context.service_workers
        assert await worker.evaluate(CLICK) == ["focus /", 0]
        await missed()
        await tab.page.goto(f"{page_gateway.url}/m")
        assert await worker.evaluate(CLICK) == ["open /m/sessions/00000000-0000-4000-8000-000000000001", 0]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_the_app_learns_the_colour_scheme_and_the_page_takes_the_apps_colour(
    page_browser: Browser, page_gateway: FakeGateway, scheme: str
) -> None:
    async with small_page(page_browser, page_gateway, **{**DESKTOP_OPTIONS, "color_scheme": scheme}) as tab:
        await tab.wait_for(f"prefers {scheme}")
        await tab.page.locator("html[data-theme=dark]").wait_for()  # the small app is always dark
        other = {"dark": "light", "light": "dark"}[scheme]
        await tab.page.emulate_media(color_scheme=other)  # type: ignore[arg-type]  # one of its literals
        await tab.wait_for(f"prefers {other}")


async def test_the_terminal_uses_the_bundled_fonts(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        await tab.submit("│─┌╭█ ✓ 漢字 かな 한글")
        await tab.wait_for("got: │─┌")
        devtools = await tab.page.context.new_cdp_session(tab.page)
        await devtools.send("DOM.enable")
        await devtools.send("CSS.enable")

        # The screen is redrawn whenever the cursor blinks, so this inspects a copy.
        text = tab.page.locator(".xterm-rows")
        await text.filter(has_text="한글").wait_for()
        await text.evaluate(
            "rows => { const copy = rows.cloneNode(true); copy.id = 'copy'; rows.parentElement.append(copy); }"
        )
        root = (await devtools.send("DOM.getDocument"))["root"]["nodeId"]
        spans = await devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "#copy span"})
        found: dict[str, bool] = {}
        for node in spans["nodeIds"]:
            used = await devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})
            found |= {font["familyName"]: font["isCustomFont"] for font in used["fonts"]}
        assert any(name.startswith("JetBrains Mono") for name in found), found
        assert any("CJK" in name for name in found), found
        assert all("CJK" in name or is_ours for name, is_ours in found.items()), found


async def test_a_browser_can_install_the_page(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        devtools = await tab.page.context.new_cdp_session(tab.page)
        manifest = await devtools.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert '"display": "standalone"' in manifest["data"]
        icon = await tab.page.locator("#icon").get_attribute("href")
        assert (await tab.page.request.get(f"{page_gateway.url}{icon}")).headers["content-type"].startswith("image/svg")


async def test_the_page_loads_nothing_from_other_sites_and_runs_no_inline_script(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        hosts: set[str] = set()
        tab.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        await tab.page.reload()
        await tab.wait_connected()
        assert hosts == {f"127.0.0.1:{page_gateway.port}"}
        await tab.page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
        )
        assert await tab.page.evaluate("window.x") is None
        tab.browser_errors.clear()  # the browser reports the blocked script
