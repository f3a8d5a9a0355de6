"""A tab outlives its sockets; nobody else gets into it."""

import os
import signal
from pathlib import Path

import pytest
from quart import Quart

from tests.support.pids import is_alive
from tests.support.serve import serving, small_settings
from tests.support.tab_client import visiting
from tests.support.waiting import until

SESSION = "0b3f7f0e-6f5c-4b5e-9d0a-000000000001"


@pytest.fixture
def socket(small_serve: Quart, socket_folder: Path) -> Path:
    return socket_folder / "tui.sock"


async def test_a_visit_claims_an_app_for_its_person(socket: Path) -> None:
    headers = {"X-Door-Notice": "Anybody may log in.", "X-Request-ID": "r-7"}
    async with visiting(socket, headers=headers, session=SESSION) as visitor:
        await visitor.sees("user=ann@example.com", f"session={SESSION}", "request=r-7")
        assert await visitor.hears("attached") == {"fresh": True}
        assert await visitor.hears("page_session") == {"id": SESSION}
        await visitor.submit("hello")
        await visitor.sees("got: hello")


async def test_the_same_tab_comes_back_to_the_same_screen_and_draft(socket: Path) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        first = await visitor.pid()
        await visitor.submit("remember me")
        await visitor.sees("got: remember me")
        await visitor.send("stdin", "half a thought")
        await visitor.sees("half a thought")
    async with visiting(socket, width=120, height=40) as visitor:
        await visitor.sees("got: remember me", "half a thought")
        assert await visitor.pid() == first
        assert visitor.said("attached") == [{"fresh": False}]
        assert visitor.said("page_state"), "title and state are told again"


async def test_a_second_browser_takes_the_tab_over(socket: Path) -> None:
    async with visiting(socket) as old, visiting(socket) as new:
        await new.sees("user=ann")
        assert await old.is_closed() == (4409, "taken_over")
        await new.submit("still here")
        await new.sees("got: still here")


async def test_tabs_and_people_have_apps_of_their_own(socket: Path) -> None:
    async with (
        visiting(socket) as mine,
        visiting(socket, "tab-00000002") as my_other,
        visiting(socket, user="bob@example.com") as bobs,
    ):
        for visitor in (mine, my_other, bobs):
            await visitor.sees("user=")
        await mine.submit("my secret")
        await mine.sees("got: my secret")
        assert len({await mine.pid(), await my_other.pid(), await bobs.pid()}) == 3
        assert "user=bob@example.com" in bobs.text
        assert "my secret" not in bobs.text + my_other.text


async def test_after_its_patience_the_app_ends_and_a_new_one_opens_the_same_session(socket_folder: Path) -> None:
    settings = small_settings(socket_folder / "tui.sock", reattach_seconds=0.2)
    async with serving(settings):
        async with visiting(settings.socket) as visitor:
            first = await visitor.pid()
        await until(lambda: not is_alive(first))
        async with visiting(settings.socket, session=SESSION) as visitor:
            await visitor.sees(f"session={SESSION}")
            assert visitor.said("attached") == [{"fresh": True}]
            await visitor.send("draft", "typed before")
            await visitor.sees("typed before")
            assert await visitor.pid() != first


async def test_an_app_that_quits_says_goodbye(socket: Path) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        await visitor.submit("quit")
        assert await visitor.is_closed() == (4410, "ended")
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        assert visitor.said("attached") == [{"fresh": True}]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_an_app_that_dies_is_noticed_at_once(socket: Path, number: int) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        os.kill(await visitor.pid(), number)
        assert await visitor.is_closed() == (4500, "crashed")


async def test_a_crash_is_logged_without_what_was_typed(socket: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        await visitor.submit("crash hunter2-hunter2")
        assert (await visitor.is_closed())[0] in (4410, 4500)
    output: list[str] = []

    def is_logged() -> bool:
        captured = capfd.readouterr()
        output.extend((captured.out, captured.err))
        return "app_ended_badly" in "".join(output)

    await until(is_logged)
    assert "crashed as asked" in "".join(output)
    assert "hunter2" not in "".join(output)


async def test_what_else_writes_to_stdout_cannot_break_the_wire(socket: Path) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        await visitor.submit("print D0000 M1111")
        await visitor.sees("got: print")
        await visitor.submit("after it")
        await visitor.sees("got: after it")


async def test_an_app_is_given_no_variable_but_the_allowed(
    socket_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_SECRET", "not for you")
    async with (
        serving(small_settings(socket_folder / "tui.sock")),
        visiting(socket_folder / "tui.sock", width=400) as visitor,
    ):
        await visitor.sees("user=ann")
        await visitor.submit("env")
        await visitor.sees("env: COLORTERM", "TEXTUAL_DRIVER")
        assert "SESSION_SECRET" not in visitor.text


async def test_words_of_the_app_reach_the_page(socket: Path) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        await visitor.submit("copy täxt ✓")
        assert await visitor.hears("clipboard") == "täxt ✓"
        await visitor.submit("link https://example.com/a")
        assert await visitor.hears("open_url") == {"url": "https://example.com/a", "new_tab": True}
        await visitor.submit("link javascript:alert(1)")
        await visitor.sees("got: link javascript")
        await visitor.submit("state needs_you")
        assert await visitor.hears("page_state", times=2) == {"state": "needs_you", "title": "state needs_you"}
        assert len(visitor.said("open_url")) == 1
        await visitor.submit("notify done")
        assert await visitor.hears("page_notify") == {"title": "Small app", "body": "done"}


async def test_words_of_the_page_reach_the_app(socket: Path) -> None:
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        await visitor.send("prompt", "from the field\nin two lines")
        await visitor.sees("got: from the field")
        await visitor.send("files", ["uploads/a b.png", "uploads/c.txt"])
        await visitor.sees("@uploads/a b.png @uploads/c.txt")
        await visitor.send("prefers", {"dark": False})
        await visitor.sees("prefers light")
        await visitor.send("focus")
        await visitor.sees("focus")


async def test_nothing_a_browser_sends_can_break_its_tab(socket: Path) -> None:
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
    async with visiting(socket) as visitor:
        await visitor.sees("user=ann")
        for message in nonsense:
            await visitor.send(*message)
        for raw in ("", "{", "null", '"x"', '{"a":1}', "[" * 50_000, '["stdin","\\ud800"]'):
            await visitor.socket.send_text(raw)
        await visitor.send("resize", {"width": 100, "height": 30})
        await visitor.send("ping", 7)
        assert await visitor.hears("pong") == 7
        await visitor.submit(" still alive")
        await visitor.sees("still alive")
        assert "user=ann" in visitor.text


async def test_a_long_paste_arrives_whole(socket: Path) -> None:
    async with visiting(socket, width=400, height=100) as visitor:
        await visitor.sees("user=ann")
        await visitor.send("stdin", "\x1b[200~" + "é" * 100_000)
        await visitor.send("stdin", "x" * 20_000 + "END\x1b[201~")
        await visitor.sees("pasted 120003 characters")
