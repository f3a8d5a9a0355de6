"""Sessions: list, search, preview, rename, fork, delete, tabs, clear, rewind, older messages."""

import asyncio
import re

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import open_app
from tui.widgets.conversation_view import ConversationView
from tui.widgets.lines import made
from tui.widgets.session_preview import SessionPreview
from tui.widgets.tab_bar import TabBar


async def test_sessions_are_found_previewed_renamed_and_opened(api: Api) -> None:
    async with open_app(api, user="sam@example.com") as user:
        await user.run_turn("demo:say apples")
        await user.pilot.press("ctrl+n")
        await user.run_turn("demo:say pears")
        await user.pilot.press("ctrl+o")
        await user.see("Search in titles and prompts")
        await user.see("demo:say apples")
        await user.type("apples")
        await user.wait_until(lambda: "demo:say apples" in user.screen_text)
        await user.wait_until(lambda: "apples" in _preview(user.app.screen.query_one(SessionPreview)))
        await user.pilot.press("ctrl+r")
        await user.see("Rename")
        await user.pilot.press("ctrl+u", "ctrl+k")
        await user.type("Fruit")
        await user.pilot.press("enter")
        await user.pilot.press(*["backspace"] * 6)
        await user.see("Fruit")
        await user.type("Fruit")
        await user.wait_until(lambda: "pears" not in _list(user.screen_text))
        await user.pilot.press("enter")
        await user.wait_until(lambda: user.conversation.title == "Fruit")


def _preview(preview: SessionPreview) -> str:
    return "\n".join(made(line).plain for line in preview.lines(60))


def _list(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if re.search("[○·●◆] ", line))


async def test_a_session_is_deleted_after_confirmation(api: Api) -> None:
    async with open_app(api, user="del@example.com") as user:
        await user.run_turn("demo:say throw me away")
        session_id = user.chat.session.session_id
        await user.send("/close")
        await user.see("Try")
        await user.pilot.press("ctrl+o")
        await user.see("throw me away")
        await user.pilot.press("ctrl+d")
        await user.see("Keep it")
        await user.pilot.press("down", "enter")
        await user.see("No sessions yet.")
        assert (await user.chat.user.client.sessions()).sessions == ()
        assert session_id


async def test_tabs_show_their_state(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:stream 4000")
        await user.see("word3")
        await user.pilot.press("ctrl+n")
        await user.see("Try")
        bar = user.chat.query_one(TabBar)
        await user.wait_until(lambda: "● demo:stream 4000" in made(bar.lines(110)[0]).plain)
        await user.run_turn("demo:say in the second")
        assert "word3" not in user.screen_text
        await user.pilot.press("alt+left")
        await user.see("word3")
        await user.pilot.press("escape")
        await user.wait_until_idle()


async def test_clear_empties_the_context(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say forget this")
        await user.send("/clear")
        await user.wait_until(lambda: "forget this" not in "".join(user.answers()))
        await user.see("Context cleared. Claude no longer sees earlier messages.")
        assert "forget this" not in user.screen_text.partition("\n")[2]  # the title above stays
        await user.wait_until_idle()
        await user.run_turn("demo:say fresh")
        assert user.answers() == ["fresh"]


async def test_a_session_is_forked(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say common ground")
        first = user.chat.session.session_id
        await user.send("/fork")
        await user.wait_until(lambda: user.chat.session.session_id != first)
        await user.see("common ground")
        await user.run_turn("demo:recall")
        assert "common ground" in user.answers()[-1]


async def test_rewind_removes_later_messages(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say first")
        await user.run_turn("demo:say second")
        await user.send("/rewind")
        await user.see("Go back to just before")
        await user.pilot.press("enter")
        await user.see("What should go back?")
        await user.pilot.press("down", "enter")
        await user.wait_until(lambda: user.answers() == ["first"])
        assert user.chat.editor.text == "demo:say second"
        await user.see("The conversation is back to before this prompt")
        user.chat.editor.put("")
        await user.run_turn("demo:say third")
        assert user.answers() == ["first", "third"]


async def test_rewind_restores_conversation_and_files(api: Api) -> None:
    async with open_app(api) as user:
        await user.pilot.press("shift+tab")
        await user.see("accepts edits")
        await user.run_turn("demo:write both.txt One")
        await user.run_turn("demo:edit both.txt One => Two")
        await user.send("/rewind")
        await user.see("Go back to just before")
        await user.pilot.press("enter")
        await user.see("What should go back?")
        await user.pilot.press("enter")
        await user.wait_until(lambda: user.chat.editor.text == "demo:edit both.txt One => Two")
        await user.wait_until(lambda: len(user.tool_calls()) == 1)
        assert (api.workspace / "both.txt").read_text().strip() == "One"


async def test_keys_and_events_are_handled_while_another_session_is_opened(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:say first")
        await user.send("/new")
        await user.see("Try")
        await user.run_turn("demo:markdown")
        for tab in (0, 1, 0):
            user.chat.user.sessions.activate(tab)
            opening = user.chat.open_active()
            await user.wait_until(lambda: user.chat.pane.view.conversation is user.chat.session.conversation)
            user.chat.editor.insert(f"typed {tab}")
            while not opening.is_finished:
                user.chat.action_page(-1)
                user.chat.show_changes(user.chat.session, ())
                user.chat.action_to_end()
                await asyncio.sleep(0)
            assert f"typed {tab}" in user.chat.editor.text
        await user.wait_until(lambda: user.answers() == ["first"])
        assert len(user.chat.query(ConversationView)) == 1


async def test_the_list_shows_the_state_of_sessions_and_forks_one(api: Api) -> None:
    async with open_app(api, user="lee@example.com") as user:
        await user.run_turn("demo:say common words")
        first = user.chat.session.session_id
        await user.send("/new")
        await user.see("Try")
        await user.send("demo:run touch waits.txt")
        await user.wait_for_request("Claude wants to run a command")
        await user.pilot.press("ctrl+o")
        await user.wait_until(lambda: re.search(r"◆ demo:run touch waits", _list(user.screen_text)))
        await user.type("common")
        await user.wait_until(lambda: re.search(r"▸[○·] demo:say common", user.screen_text))
        await user.pilot.press("ctrl+f")
        await user.wait_until(lambda: user.app.screen is user.chat and user.chat.session.session_id != first)
        await user.wait_until(lambda: user.answers() == ["common words"])


async def test_rewind_restores_only_the_files(api: Api) -> None:
    async with open_app(api) as user:
        await user.pilot.press("shift+tab")
        await user.see("accepts edits")
        await user.run_turn("demo:write alone.txt One")
        await user.run_turn("demo:edit alone.txt One => Two")
        assert (api.workspace / "alone.txt").read_text().strip() == "Two"
        said = len(user.answers())
        await user.send("/rewind")
        await user.see("Go back to just before")
        await user.pilot.press("enter")
        await user.see("What should go back?")
        await user.pilot.press("down", "down", "enter")
        await user.see("The files are as they were")
        assert (api.workspace / "alone.txt").read_text().strip() == "One"
        assert len(user.answers()) == said


async def test_older_messages_are_loaded_on_scrolling_up(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.client.event_stream.FIRST_MESSAGES", 4)
    monkeypatch.setattr("tui.session_controller.OLDER_MESSAGES", 4)
    async with running_api(demo) as api:
        async with open_app(api, user="pia@example.com") as user:
            for number in range(8):
                await user.run_turn(f"demo:say number {number}")
            session_id = user.chat.session.session_id
        await api.kill()  # what was said is in the transcript alone
        await api.start()
        await _reads_back(api, session_id)


async def _reads_back(api: Api, session_id: str) -> None:
    async with open_app(api, user="pia@example.com", session_id=session_id, size=(80, 24)) as user:
        await user.wait_until(lambda: user.answers()[-1:] == ["number 7"])
        assert "number 0" not in user.answers()
        async with asyncio.timeout(60):
            while "number 0" not in user.answers():  # as while a key is held
                user.chat.action_page(-1)
                await asyncio.sleep(0.002)
        await user.pilot.press("ctrl+home")
        await user.see("demo:say number 0")
        assert user.answers() == [f"number {number}" for number in range(8)]
