"""A tab outlives its connections and belongs to one user."""

import os
import signal
from pathlib import Path

import pytest
from quart import Quart

from tests.support.pids import is_alive
from tests.support.serve import serving, small_settings
from tests.support.tab_client import connect_tab
from tests.support.waiting import until

SESSION = "0b3f7f0e-6f5c-4b5e-9d0a-000000000001"


@pytest.fixture
def socket(small_serve: Quart, socket_folder: Path) -> Path:
    return socket_folder / "tui.sock"


async def test_a_new_tab_claims_an_app_for_its_user(socket: Path) -> None:
    headers = {"X-Gateway-Notice": "Anybody may log in.", "X-Request-ID": "r-7"}
    async with connect_tab(socket, headers=headers, session=SESSION) as tab:
        await tab.wait_for("user=ann@example.com", f"session={SESSION}", "request=r-7")
        assert await tab.wait_for_message("attached") == {"fresh": True}
        assert await tab.wait_for_message("page_session") == {"id": SESSION}
        await tab.submit("hello")
        await tab.wait_for("got: hello")


async def test_a_tab_reconnects_to_the_same_screen_and_draft(socket: Path) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        first = await tab.pid()
        await tab.submit("remember me")
        await tab.wait_for("got: remember me")
        await tab.send("stdin", "half a thought")
        await tab.wait_for("half a thought")
    async with connect_tab(socket, width=120, height=40) as tab:
        await tab.wait_for("got: remember me", "half a thought")
        assert await tab.pid() == first
        assert tab.messages_of("attached") == [{"fresh": False}]
        assert tab.messages_of("page_state"), "title and state are sent again"


async def test_a_second_browser_takes_the_tab_over(socket: Path) -> None:
    async with connect_tab(socket) as old, connect_tab(socket) as new:
        await new.wait_for("user=ann")
        assert await old.wait_closed() == (4409, "taken_over")
        await new.submit("still here")
        await new.wait_for("got: still here")


async def test_each_tab_and_each_user_has_its_own_app(socket: Path) -> None:
    async with (
        connect_tab(socket) as mine,
        connect_tab(socket, "tab-00000002") as my_other,
        connect_tab(socket, user="bob@example.com") as bobs,
    ):
        for tab in (mine, my_other, bobs):
            await tab.wait_for("user=")
        await mine.submit("my secret")
        await mine.wait_for("got: my secret")
        assert len({await mine.pid(), await my_other.pid(), await bobs.pid()}) == 3
        assert "user=bob@example.com" in bobs.text
        assert "my secret" not in bobs.text + my_other.text


async def test_an_abandoned_app_ends_and_a_new_one_opens_the_same_session(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", reattach_seconds=0.2)
    async with serving(settings):
        async with connect_tab(settings.socket) as tab:
            first = await tab.pid()
        await until(lambda: not is_alive(first))
        async with connect_tab(settings.socket, session=SESSION) as tab:
            await tab.wait_for(f"session={SESSION}")
            assert tab.messages_of("attached") == [{"fresh": True}]
            await tab.send("draft", "typed before")
            await tab.wait_for("typed before")
            assert await tab.pid() != first


async def test_a_tab_is_told_that_its_app_quit(socket: Path) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        await tab.submit("quit")
        assert await tab.wait_closed() == (4410, "ended")
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        assert tab.messages_of("attached") == [{"fresh": True}]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_tab_is_told_that_its_app_died(socket: Path, number: int) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        os.kill(await tab.pid(), number)
        assert await tab.wait_closed() == (4500, "crashed")


async def test_a_crash_is_logged_without_typed_text(socket: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        await tab.submit("crash hunter2-hunter2")
        assert (await tab.wait_closed())[0] in (4410, 4500)
    output: list[str] = []

    def is_logged() -> bool:
        captured = capfd.readouterr()
        output.extend((captured.out, captured.err))
        return "app_ended_with_errors" in "".join(output)

    await until(is_logged)
    assert "crashed as asked" in "".join(output)
    assert "hunter2" not in "".join(output)


async def test_other_output_on_stdout_does_not_break_the_packets(socket: Path) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        await tab.submit("print D0000 M1111")
        await tab.wait_for("got: print")
        await tab.submit("after it")
        await tab.wait_for("got: after it")


async def test_an_app_gets_only_the_allowed_variables(socket_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SECRET", "not for you")
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        connect_tab(socket_folder / "tui.sock", width=400) as tab,
    ):
        await tab.wait_for("user=ann")
        await tab.submit("env")
        await tab.wait_for("env: COLORTERM", "TEXTUAL_DRIVER")
        assert "SESSION_SECRET" not in tab.text


async def test_messages_of_the_app_reach_the_page(socket: Path) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        await tab.submit("copy täxt ✓")
        assert await tab.wait_for_message("clipboard") == "täxt ✓"
        await tab.submit("link https://example.com/a")
        assert await tab.wait_for_message("open_url") == {"url": "https://example.com/a", "new_tab": True}
        await tab.submit("link javascript:alert(1)")
        await tab.wait_for("got: link javascript")
        await tab.submit("state needs_you")
        assert await tab.wait_for_message("page_state", times=2) == {"state": "needs_you", "title": "state needs_you"}
        assert len(tab.messages_of("open_url")) == 1
        await tab.submit("notify done")
        assert await tab.wait_for_message("page_notify") == {"title": "Small app", "body": "done"}


async def test_messages_of_the_page_reach_the_app(socket: Path) -> None:
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        await tab.send("prompt", "from the field\nin two lines")
        await tab.wait_for("got: from the field")
        await tab.send("files", ["uploads/a b.png", "uploads/c.txt"])
        await tab.wait_for("@uploads/a b.png @uploads/c.txt")
        await tab.send("prefers", {"dark": False})
        await tab.wait_for("prefers light")
        await tab.send("focus")
        await tab.wait_for("focus")


async def test_malformed_messages_do_not_break_a_tab(socket: Path) -> None:
    nonsense: list[list[object]] = [
        [],
        [1],
        ["stdin"],
        ["stdin", None],
        ["stdin", ""],
        ["stdin", {"a": 1}],
        ["resize", {"width": "x", "height": None}],
        ["resize", {"width": 10**9, "height": -(10**9)}],
        ["resize", 5],
        ["drawn", 10**30],
        ["drawn", -1],
        ["files", []],
        ["files", [1]],
        ["prefers", {}],
        ["ping"],
        ["quit"],
        ["claim", {"user": "bob@example.com"}],
    ]
    async with connect_tab(socket) as tab:
        await tab.wait_for("user=ann")
        for message in nonsense:
            await tab.send(*message)
        for raw in ("", "{", "null", '"x"', '{"a":1}', "[" * 50_000, '["stdin","\\ud800"]'):
            await tab.socket.send_text(raw)
        await tab.send("resize", {"width": 100, "height": 30})
        await tab.send("ping", 7)
        assert await tab.wait_for_message("pong") == 7
        await tab.submit(" still alive")
        await tab.wait_for("still alive")
        assert "user=ann" in tab.text


async def test_a_long_paste_arrives_complete(socket: Path) -> None:
    async with connect_tab(socket, width=400, height=100) as tab:
        await tab.wait_for("user=ann")
        await tab.send("stdin", "\x1b[200~" + "é" * 100_000)
        await tab.send("stdin", "x" * 20_000 + "END\x1b[201~")
        await tab.wait_for("pasted 120003 characters")
