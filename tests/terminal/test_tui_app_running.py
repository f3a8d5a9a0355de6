"""A running turn: silence is reported, Esc or a click stops it, a second Esc ends the process."""

import os
import signal

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.terminal_app import open_app


async def test_a_stalled_turn_shows_its_silence_and_a_click_stops_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.activity.STALLED_SECONDS", 2)
    async with open_app(api) as user:
        await user.send("demo:hang")
        await user.see("No response for 2")
        await user.click("No response for")
        await user.see("Interrupted")
        await user.run_turn("demo:say goes on")
        assert user.answers() == ["goes on"]


async def test_a_second_escape_ends_a_process_that_does_not_respond(demo: Demo) -> None:
    async with running_api(demo, WARM_WORKERS="0") as api, open_app(api) as user:
        await user.send("demo:stream 4000")
        await user.see("word3")
        (pid,) = api.claude_pids()
        os.kill(pid, signal.SIGSTOP)
        await user.pilot.press("escape", "escape")
        await user.see("Interrupted")
        assert "interrupted twice" in api.log.read_text()
        await user.run_turn("demo:recall")
        assert "demo:stream 4000" in user.answers()[-1]


async def test_a_queued_prompt_is_taken_back_by_a_click(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:stream 4000")
        await user.see("word3")
        await user.send("demo:say later")
        await user.see("↳ demo:say later")
        await user.click("↳ demo:say later")
        await user.wait_until(lambda: user.chat.editor.text == "demo:say later" and not user.conversation.queue)
        await user.pilot.press("escape")
        await user.wait_until_idle()
        assert not user.answers() or user.answers()[-1] != "later"
