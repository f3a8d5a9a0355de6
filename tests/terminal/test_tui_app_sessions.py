"""Sessions: list, search, preview, rename, fork, delete, tabs, clearing, rewinding, the past."""

import asyncio
import re

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import seat
from tui.widgets.conversation_view import ConversationView
from tui.widgets.lines import made
from tui.widgets.session_preview import SessionPreview
from tui.widgets.tab_bar import TabBar


async def test_sessions_are_found_previewed_renamed_and_opened(api: Api) -> None:
    async with seat(api, user="sam@example.com") as person:
        await person.asks("demo:say apples")
        await person.pilot.press("ctrl+n")
        await person.asks("demo:say pears")
        await person.pilot.press("ctrl+o")
        await person.sees("Search in titles and prompts")
        await person.sees("demo:say apples")
        await person.type("apples")
        await person.until(lambda: "demo:say apples" in person.screen_text)
        await person.until(lambda: "apples" in _preview(person.app.screen.query_one(SessionPreview)))
        await person.pilot.press("ctrl+r")
        await person.sees("Rename")
        await person.pilot.press("ctrl+u", "ctrl+k")
        await person.type("Fruit")
        await person.pilot.press("enter")
        await person.pilot.press(*["backspace"] * 6)
        await person.sees("Fruit")
        await person.type("Fruit")
        await person.until(lambda: "pears" not in _list(person.screen_text))
        await person.pilot.press("enter")
        await person.until(lambda: person.conversation.title == "Fruit")


def _preview(preview: SessionPreview) -> str:
    return "\n".join(made(line).plain for line in preview.lines(60))


def _list(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if re.search("[○·●◆] ", line))


async def test_a_session_is_deleted_after_a_question(api: Api) -> None:
    async with seat(api, user="del@example.com") as person:
        await person.asks("demo:say throw me away")
        session_id = person.chat.session.session_id
        await person.send("/close")
        await person.sees("Try")
        await person.pilot.press("ctrl+o")
        await person.sees("throw me away")
        await person.pilot.press("ctrl+d")
        await person.sees("Keep it")
        await person.pilot.press("down", "enter")
        await person.sees("No sessions yet.")
        assert (await person.chat.user.client.sessions()).sessions == ()
        assert session_id


async def test_tabs_show_their_state(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:stream 4000")
        await person.sees("word3")
        await person.pilot.press("ctrl+n")
        await person.sees("Try")
        bar = person.chat.query_one(TabBar)
        await person.until(lambda: "● demo:stream 4000" in made(bar.lines(110)[0]).plain)
        await person.asks("demo:say in the second")
        assert "word3" not in person.screen_text
        await person.pilot.press("alt+left")
        await person.sees("word3")
        await person.pilot.press("escape")
        await person.rests()


async def test_clear_forgets_the_conversation(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say forget this")
        await person.send("/clear")
        await person.until(lambda: "forget this" not in "".join(person.said()))
        await person.sees("Context cleared. Claude no longer sees earlier messages.")
        assert "forget this" not in person.screen_text.partition("\n")[2]  # the title above stays
        await person.rests()
        await person.asks("demo:say fresh")
        assert person.said() == ["fresh"]


async def test_a_session_is_forked(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say common ground")
        first = person.chat.session.session_id
        await person.send("/fork")
        await person.until(lambda: person.chat.session.session_id != first)
        await person.sees("common ground")
        await person.asks("demo:recall")
        assert "common ground" in person.said()[-1]


async def test_rewind_forgets_what_came_after(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say first")
        await person.asks("demo:say second")
        await person.send("/rewind")
        await person.sees("Go back to just before")
        await person.pilot.press("enter")
        await person.sees("What should go back?")
        await person.pilot.press("down", "enter")
        await person.until(lambda: person.said() == ["first"])
        assert person.chat.editor.text == "demo:say second"
        await person.sees("The conversation is back to before this prompt")
        person.chat.editor.put("")
        await person.asks("demo:say third")
        assert person.said() == ["first", "third"]


async def test_rewind_brings_back_both(api: Api) -> None:
    async with seat(api) as person:
        await person.pilot.press("shift+tab")
        await person.sees("accepts edits")
        await person.asks("demo:write both.txt One")
        await person.asks("demo:edit both.txt One => Two")
        await person.send("/rewind")
        await person.sees("Go back to just before")
        await person.pilot.press("enter")
        await person.sees("What should go back?")
        await person.pilot.press("enter")
        await person.until(lambda: person.chat.editor.text == "demo:edit both.txt One => Two")
        await person.until(lambda: len(person.calls()) == 1)
        assert (api.workspace / "both.txt").read_text().strip() == "One"


async def test_keys_and_events_find_a_conversation_while_another_is_opened(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:say first")
        await person.send("/new")
        await person.sees("Try")
        await person.asks("demo:markdown")
        for tab in (0, 1, 0):
            person.chat.user.sessions.activate(tab)
            opening = person.chat.open_active()
            await person.until(lambda: person.chat.pane.view.conversation is person.chat.session.conversation)
            person.chat.editor.insert(f"typed {tab}")
            while not opening.is_finished:
                person.chat.action_page(-1)
                person.chat.show_changes(person.chat.session, ())
                person.chat.action_to_end()
                await asyncio.sleep(0)
            assert f"typed {tab}" in person.chat.editor.text
        await person.until(lambda: person.said() == ["first"])
        assert len(person.chat.query(ConversationView)) == 1


async def test_the_list_shows_what_each_session_does_and_forks_one(api: Api) -> None:
    async with seat(api, user="lee@example.com") as person:
        await person.asks("demo:say common words")
        first = person.chat.session.session_id
        await person.send("/new")
        await person.sees("Try")
        await person.send("demo:run touch waits.txt")
        await person.is_asked("Claude wants to run a command")
        await person.pilot.press("ctrl+o")
        await person.until(lambda: re.search(r"◆ demo:run touch waits", _list(person.screen_text)))
        await person.type("common")
        await person.until(lambda: re.search(r"▸[○·] demo:say common", person.screen_text))
        await person.pilot.press("ctrl+f")
        await person.until(lambda: person.app.screen is person.chat and person.chat.session.session_id != first)
        await person.until(lambda: person.said() == ["common words"])


async def test_rewind_brings_back_the_files_alone(api: Api) -> None:
    async with seat(api) as person:
        await person.pilot.press("shift+tab")
        await person.sees("accepts edits")
        await person.asks("demo:write alone.txt One")
        await person.asks("demo:edit alone.txt One => Two")
        assert (api.workspace / "alone.txt").read_text().strip() == "Two"
        said = len(person.said())
        await person.send("/rewind")
        await person.sees("Go back to just before")
        await person.pilot.press("enter")
        await person.sees("What should go back?")
        await person.pilot.press("down", "down", "enter")
        await person.sees("The files are as they were")
        assert (api.workspace / "alone.txt").read_text().strip() == "One"
        assert len(person.said()) == said


async def test_the_past_comes_when_somebody_scrolls_up_to_it(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.client.event_stream.TAIL", 4)
    monkeypatch.setattr("tui.session_controller.OLDER_MESSAGES", 4)
    async with running_api(demo) as api:
        async with seat(api, user="pia@example.com") as person:
            for number in range(8):
                await person.asks(f"demo:say number {number}")
            session_id = person.chat.session.session_id
        await api.kill()  # what was said is in the transcript alone
        await api.start()
        await _reads_back(api, session_id)


async def _reads_back(api: Api, session_id: str) -> None:
    async with seat(api, user="pia@example.com", session_id=session_id, size=(80, 24)) as person:
        await person.until(lambda: person.said()[-1:] == ["number 7"])
        assert "number 0" not in person.said()
        async with asyncio.timeout(60):
            while "number 0" not in person.said():  # as when a key is held: while one page comes, the next is asked for
                person.chat.action_page(-1)
                await asyncio.sleep(0.002)
        await person.pilot.press("ctrl+home")
        await person.sees("demo:say number 0")
        assert person.said() == [f"number {number}" for number in range(8)]
