"""While Claude works: silence is told, Esc and a click stop it, a second Esc does not wait."""

import os
import signal

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import seat


async def test_a_stalled_turn_says_for_how_long_and_a_click_stops_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.activity.STALLED", 2)
    async with seat(api) as person:
        await person.send("demo:hang")
        await person.sees("No response for 2")
        await person.clicks("No response for")
        await person.sees("Interrupted")
        await person.asks("demo:say goes on")
        assert person.said() == ["goes on"]


async def test_a_second_escape_ends_what_does_not_listen(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, seat(api) as person:
        await person.send("demo:stream 4000")
        await person.sees("word3")
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGSTOP)
        await person.pilot.press("escape", "escape")
        await person.sees("Interrupted")
        assert "asked to stop twice" in api.log.read_text()
        await person.asks("demo:recall")
        assert "demo:stream 4000" in person.said()[-1]


async def test_a_queued_prompt_is_taken_back_by_a_click(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:stream 4000")
        await person.sees("word3")
        await person.send("demo:say later")
        await person.sees("↳ demo:say later")
        await person.clicks("↳ demo:say later")
        await person.until(lambda: person.chat.editor.text == "demo:say later" and not person.conversation.queue)
        await person.pilot.press("escape")
        await person.rests()
        assert not person.said() or person.said()[-1] != "later"
