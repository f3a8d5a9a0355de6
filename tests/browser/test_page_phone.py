"""The page on a phone: virtual keyboard, touch, small screen."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.page import PHONE_OPTIONS, small_page
from tests.support.tui_gateway import FakeGateway
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_field_handles_input_methods_and_sends_whole_prompts(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        field = tab.page.locator("#prompt")
        await field.tap()
        keyboard = await tab.page.context.new_cdp_session(tab.page)
        await keyboard.send("Input.imeSetComposition", {"text": "かんじ", "selectionStart": 3, "selectionEnd": 3})
        await keyboard.send("Input.insertText", {"text": "漢字"})
        assert await field.input_value() == "漢字"
        await tab.page.keyboard.press("Shift+Enter")
        await tab.page.keyboard.type("second line")
        await tab.page.locator("#send").tap()
        await tab.wait_for("got: 漢字")
        await expect(field).to_have_value("")


async def test_the_key_row_sends_the_keys_that_a_phone_lacks(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        sent = tab.record_input()
        for name in ("Esc", "Tab", "Shift Tab", "Up", "Down", "Left", "Right"):
            await tab.page.get_by_role("toolbar").get_by_role("button", name=name, exact=True).tap()
        await until(lambda: len(sent) >= 7)
        assert sent == ["\x1b", "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"]
        sent.clear()
        control = tab.page.get_by_role("button", name="Ctrl")
        await control.tap()
        await expect(control).to_have_attribute("aria-pressed", "true")
        await tab.page.locator("#prompt").tap()
        await tab.page.keyboard.type("ok")
        await expect(tab.page.locator("#prompt")).to_have_value("k")
        await until(lambda: sent == ["\x0f"])
        assert await control.get_attribute("aria-pressed") == "false"
        await tab.page.locator("#prompt").fill("")
        await tab.page.locator("#send").tap()
        await until(lambda: sent[-1] == "\r")  # an empty field sends Enter


async def test_a_tap_on_the_screen_clicks_and_opens_no_keyboard(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        sent = tab.record_input()
        await tab.page.locator("#terminal").tap(position={"x": 100, "y": 300})
        await until(lambda: any(each.startswith("\x1b[<0;") for each in sent))
        assert await tab.page.evaluate("document.querySelector('.xterm-helper-textarea').inputMode") == "none"


async def test_a_swipe_scrolls(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        sent = tab.record_input()
        finger = await tab.page.context.new_cdp_session(tab.page)
        for kind, y in (
            ("touchStart", 300),
            *(("touchMove", 300 + 20 * step) for step in range(1, 11)),
            ("touchEnd", None),
        ):
            points = [] if y is None else [{"x": 150, "y": y}]
            await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        await until(lambda: sum(each.startswith("\x1b[<64;") for each in sent) >= 4)
        assert not [each for each in sent if each.startswith("\x1b[<65;")]


async def test_the_screen_shrinks_for_the_keyboard_and_not_for_a_pinch(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        rows = tab.rows
        await tab.page.set_viewport_size({"width": 390, "height": 480})
        await until(lambda: tab.rows < rows - 10)
        assert await tab.page.locator("#send").is_visible()
        box = await tab.page.locator("#dock").bounding_box()
        assert box
        assert box["y"] + box["height"] <= 480
        await tab.page.set_viewport_size({"width": 390, "height": 844})
        await until(lambda: tab.rows == rows)
        columns = tab.columns
        fingers = await tab.page.context.new_cdp_session(tab.page)
        await fingers.send("Input.synthesizePinchGesture", {"x": 195, "y": 300, "scaleFactor": 2})
        await tab.page.locator("#prompt").fill("pinched")
        await tab.page.locator("#send").tap()
        await tab.wait_for("got: pinched")
        assert (tab.columns, tab.rows) == (columns, rows)
        assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_text_in_the_field_survives_a_reload_and_a_lost_connection(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway, **PHONE_OPTIONS) as tab:
        field = tab.page.locator("#prompt")
        await field.fill("not sent yet")
        await tab.page.reload()
        await tab.wait_connected()
        assert await field.input_value() == "not sent yet"
        await page_gateway.close()
        await tab.wait_for_card("Reconnecting…")
        await tab.page.evaluate("document.getElementById('composer').requestSubmit()")
        assert await field.input_value() == "not sent yet", "the text stays in the field because it cannot be sent"
        await page_gateway.open()
        await tab.wait_connected()


async def test_the_paste_button_works_with_and_without_permission(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(
        page_browser, page_gateway, **PHONE_OPTIONS, permissions=["clipboard-read", "clipboard-write"]
    ) as tab:
        await tab.page.evaluate("navigator.clipboard.writeText('by one tap')")
        paste = tab.page.get_by_role("button", name="Paste", exact=True)
        await paste.tap()
        await tab.wait_for("by one tap")
        await tab.page.evaluate("void (navigator.clipboard.readText = () => Promise.reject(new Error('no')))")
        await paste.tap()
        await tab.page.get_by_role("textbox", name="Paste here").fill(" and by hand")
        await tab.page.get_by_role("button", name="Insert").tap()
        await tab.wait_for("by one tap and by hand")
