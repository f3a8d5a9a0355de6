"""Input on the page: keys, clipboard, text selection, files."""

import re
from collections.abc import Container
from pathlib import Path

import pytest
from playwright.async_api import Browser, FilePayload, Page, Request, Route

from tests.support.page import DESKTOP_OPTIONS, open_in, small_page
from tests.support.tui_gateway import FakeGateway
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESS = """key => {
    const event = new KeyboardEvent('keydown', {...key, bubbles: true, cancelable: true});
    document.querySelector('.xterm-helper-textarea').dispatchEvent(event);
    return event.defaultPrevented;
}"""
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2000


async def clipboard(page: Page) -> str:
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def test_some_keys_stay_with_the_browser_and_the_rest_go_to_the_app(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        sent = tab.record_input()
        for key in (
            {"key": "F5"},
            {"key": "r", "ctrlKey": True},
            {"key": "v", "ctrlKey": True},
            {"key": "t", "metaKey": True},
        ):
            assert not await tab.page.evaluate(PRESS, key), key
        assert sent == []
        await tab.page.keyboard.press("Shift+Enter")
        await tab.page.keyboard.press("Control+O")
        await tab.page.keyboard.press("Shift+Tab")
        await tab.page.keyboard.press("Escape")
        await until(lambda: len(sent) >= 4)
        assert sent == ["\x1b[13;2u", "\x0f", "\x1b[Z", "\x1b"]


async def test_copy_and_paste(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(
        page_browser, page_gateway, **DESKTOP_OPTIONS, permissions=["clipboard-read", "clipboard-write"]
    ) as tab:
        await tab.submit("copy täxt ✓ 漢字")
        await tab.page.get_by_text("Copied").wait_for()
        assert await clipboard(tab.page) == "täxt ✓ 漢字"
        await tab.page.keyboard.press("Control+V")
        await until(lambda: tab.page.evaluate("sessionStorage.getItem('draft')"))
        await tab.page.keyboard.press("Enter")
        await tab.wait_for("got: täxt ✓")


async def test_copying_without_permission_shows_a_button(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        await tab.page.evaluate(
            "navigator.clipboard.writeText = () => Promise.reject(new Error('no')); document.execCommand = () => false"
        )
        await tab.submit("copy secret")
        await tab.page.get_by_role("button", name="Copy", exact=True).wait_for()


async def test_select_text_copies_the_screen(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(
        page_browser, page_gateway, **DESKTOP_OPTIONS, permissions=["clipboard-read", "clipboard-write"]
    ) as tab:
        await tab.submit("select me")
        await tab.wait_for("got: select me")
        await tab.page.get_by_role("button", name="Page menu").click()
        await tab.page.get_by_role("button", name="Select text").click()
        await tab.page.locator("#selection pre", has_text="got: select me").wait_for()
        await tab.page.get_by_role("button", name="Copy all").click()
        await tab.page.get_by_text("Copied").wait_for()
        assert "got: select me" in await clipboard(tab.page)
        await tab.submit("and back to the app")
        await tab.wait_for("got: and back to the app")


async def test_typing_right_after_the_menu_or_a_selection_reaches_the_app(
    page_browser: Browser, page_gateway: FakeGateway
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        await tab.page.evaluate("navigator.clipboard.writeText = () => new Promise(done => setTimeout(done, 1000))")
        for number, leave in enumerate(("Copy all", "Done", "Escape")):
            await tab.page.get_by_role("button", name="Page menu").click()
            await tab.page.get_by_role("button", name="Select text").click()
            if leave == "Escape":
                await tab.page.keyboard.press("Escape")
            else:
                await tab.page.get_by_role("button", name=leave).click()
            await tab.submit(f"back {number}")
            await tab.wait_for(f"got: back {number}")
        await tab.attach()
        await tab.submit("after choosing no file")
        await tab.wait_for("got: after choosing no file")


async def test_text_size_is_kept(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        before = tab.columns
        await tab.page.get_by_role("button", name="Page menu").click()
        for _ in range(5):
            await tab.page.get_by_role("button", name="Larger text").click()
        larger = await tab.page.evaluate("Number(localStorage.size.split(' ')[1])")
        assert larger < before
        await until(lambda: tab.columns == larger)
        other = await open_in(tab.page.context, page_gateway)
        await until(lambda: other.columns == larger)


async def test_files_are_uploaded_under_unused_names_and_added_to_the_prompt(
    page_browser: Browser, page_gateway: FakeGateway, tmp_path: Path
) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        stored = await keep_uploads(tab.page, taken={"notes.txt"})
        async with tab.page.expect_file_chooser() as chooser:
            await tab.submit("pick")
        files: list[FilePayload] = [
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"},
            {"name": "a picture/of ünicode.png", "mimeType": "image/png", "buffer": PNG},
        ]
        await (await chooser.value).set_files(files)
        await tab.wait_for("@uploads/notes-2.txt @uploads/a-picture-of-ünicode.png")
        assert stored == {"notes-2.txt": b"hello", "a-picture-of-ünicode.png": PNG}


async def test_a_pasted_image_and_a_dropped_file_are_uploaded(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        stored = await keep_uploads(tab.page)
        await tab.page.evaluate(
            """() => {
                const data = new DataTransfer();
                data.items.add(new File(['pixels'], 'image.png', {type: 'image/png'}));
                const paste = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
                document.querySelector('.xterm-helper-textarea').dispatchEvent(paste);
            }"""
        )
        await tab.wait_for("@uploads/image-")
        await tab.page.evaluate(
            """() => {
                const data = new DataTransfer();
                data.items.add(new File(['dropped'], 'dropped.txt', {type: 'text/plain'}));
                for (const kind of ['dragenter', 'dragover', 'drop'])
                    document.getElementById('screen').dispatchEvent(
                        new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
            }"""
        )
        await tab.wait_for("@uploads/dropped.txt")
        assert await tab.page.locator("#drop").is_hidden()
        assert stored["dropped.txt"] == b"dropped"
        assert any(re.fullmatch(r"image-\d{8}T\d{6}\.png", name) for name in stored)


async def test_a_text_too_long_to_paste_becomes_a_file(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        stored = await keep_uploads(tab.page)
        await tab.page.evaluate(
            """() => {
                const data = new DataTransfer();
                data.setData('text/plain', 'x'.repeat(300000));
                document.querySelector('.xterm-helper-textarea').dispatchEvent(
                    new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
            }"""
        )
        await tab.wait_for("@uploads/pasted-")
        assert [len(body) for body in stored.values()] == [300_000]


async def test_a_failed_upload_shows_the_reason(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:

        async def refuse(route: Route) -> None:
            if route.request.method == "HEAD":
                await route.fulfill(status=404)
            else:
                await route.fulfill(status=507, json={"error": "The disk is full", "code": "disk_full"})

        await tab.page.route("**/files/**", refuse)
        async with tab.page.expect_file_chooser() as chooser:
            await tab.submit("pick")
        await (await chooser.value).set_files(FilePayload(name="a.txt", mimeType="text/plain", buffer=b"1"))
        await tab.page.get_by_text("a.txt: The disk is full").wait_for()


async def test_a_download_is_saved_and_the_page_stays_open(page_browser: Browser, page_gateway: FakeGateway) -> None:
    async with small_page(page_browser, page_gateway) as tab:
        async with tab.page.expect_download() as download:
            await tab.submit("file 70000")
        file = await download.value
        assert file.suggested_filename == 'report "é".txt'.replace('"', "_")
        assert (await file.path()).read_bytes() == b"x" * 70_000
        await tab.submit("still here")
        await tab.wait_for("got: still here")


async def keep_uploads(page: Page, taken: Container[str] = ()) -> dict[str, bytes]:
    """Answers requests to `/files`, where the names in `taken` exist already; returns the uploaded files."""
    stored: dict[str, bytes] = {}

    async def answer(route: Route) -> None:
        name = await page.evaluate("decodeURIComponent", _name(route.request))
        if route.request.method == "HEAD":
            await route.fulfill(status=200 if name in taken else 404)
        else:
            stored[name] = route.request.post_data_buffer or b""
            await route.fulfill(status=201)

    await page.route("**/files/**", answer)
    return stored


def _name(request: Request) -> str:
    return request.url.rpartition("/files/uploads/")[2]
