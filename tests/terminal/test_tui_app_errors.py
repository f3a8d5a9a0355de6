"""Errors: failed turns, a dead api, no server, no credentials; and the plain mode."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

from tests.support.api import Api, running_api
from tests.support.demo import Demo
from tests.support.process import ROOT, clean_environment
from tests.support.terminal_app import open_app
from tui.model import UserPrompt
from tui.widgets.items.turn_summary import TurnSummaryView
from tui.widgets.requests import RequestPanel


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("demo:fail 401", "refused the credentials"),
        ("demo:fail 429", "limit"),
        ("demo:fail 529", "overloaded"),
        ("demo:cut 5", "Try again"),
    ],
)
async def test_a_failed_turn_gives_advice_and_can_be_retried(api: Api, prompt: str, sentence: str) -> None:
    async with open_app(api) as user:
        await user.send(prompt)
        await user.wait_until(
            lambda: user.conversation.items and user.conversation.running is None and user.chat.query(TurnSummaryView)
        )
        await user.see(sentence)
        await user.see("Try again")
        await user.focus(user.chat.query(TurnSummaryView).last())
        await user.pilot.press("r")
        await user.wait_until(lambda: sum(isinstance(item, UserPrompt) for item in user.conversation.items) == 2)
        await user.wait_until_idle()


async def test_the_app_recovers_when_the_api_dies_while_streaming(demo: Demo) -> None:
    async with running_api(demo) as api, open_app(api) as user:
        await user.run_turn("demo:say before")
        await user.send("demo:stream 4000")
        await user.see("word3")
        await api.kill()
        await user.see("connection lost")
        await user.type("still typing")
        assert user.chat.editor.text == "still typing"
        await api.start()
        await user.wait_until(lambda: "connection lost" not in user.screen_text)
        await user.wait_until_idle()
        assert user.chat.editor.text == "still typing"
        await user.pilot.press(*["backspace"] * 12)
        await user.run_turn("demo:say after")
        assert user.answers().count("before") == 1
        assert user.answers()[-1] == "after"


async def test_a_request_is_closed_when_its_server_dies(demo: Demo) -> None:
    async with running_api(demo) as api, open_app(api) as user:
        await user.send("demo:run touch asked-in-vain.txt")
        await user.wait_for_request("Claude wants to run a command")
        await api.kill()
        await user.see("connection lost")
        await user.pilot.press("y")
        await api.start()
        await user.see("The server was restarted during this turn")
        await user.wait_until(lambda: not user.chat.query(RequestPanel))
        await user.run_turn("demo:say goes on")
        assert user.answers()[-1] == "goes on"


async def test_a_prompt_sent_while_the_api_is_down_arrives_once(demo: Demo) -> None:
    async with running_api(demo) as api, open_app(api) as user:
        await user.run_turn("demo:say begin")
        await api.kill()
        await user.see("connection lost")
        await user.send("demo:say delivered")
        await user.see("sending…")
        await api.start()
        await user.wait_until(lambda: "delivered" in user.answers(), seconds=90)
        assert "sending…" not in user.screen_text
        prompts = [item.text for item in user.conversation.items if isinstance(item, UserPrompt)]
        assert prompts == ["demo:say begin", "demo:say delivered"]


async def test_the_first_screen_reports_missing_credentials(demo: Demo) -> None:
    async with running_api(demo, DEMO="0") as api, open_app(api) as user:
        await user.see("no Claude credentials")
        await user.send("hello")
        await user.see("CLAUDE_CODE_OAUTH_TOKEN")
        await user.wait_until(lambda: user.chat.editor.text == "hello")


async def test_a_missing_server_is_reported_in_one_sentence() -> None:
    folder = Path(tempfile.mkdtemp(prefix="tui-"))
    try:
        process = await _tui({"RUN_DIR": str(folder)}, stdin=asyncio.subprocess.DEVNULL)
        out, err = await asyncio.wait_for(process.communicate(), 30)
    finally:
        shutil.rmtree(folder)
    assert process.returncode == 1
    assert out == b""
    assert err.decode().startswith("No server is running here")
    assert "make run" in err.decode()


async def test_plain_mode_runs_a_command_and_answers_questions(api: Api) -> None:
    environment = {"RUN_DIR": str(api.socket.parent), "TUI_STATE_DIR": str(api.folder / "state")}
    process = await _tui(environment, "--ax-screen-reader", stdin=asyncio.subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    name = f"{uuid.uuid4()}.txt"
    process.stdin.write(f"demo:run touch {name}\n".encode())
    output = await _read_until(process.stdout, "allow once")
    assert f"touch {name}" in output
    process.stdin.write(b"y\n")
    output = await _read_until(process.stdout, "Done, ")
    assert "Tool Bash, done" in output
    assert "\x1b" not in output
    process.stdin.write(b"demo:ask multi\n")
    await _read_until(process.stdout, "a number, or")
    process.stdin.write(b"2\n")
    await _read_until(process.stdout, "numbers, or")
    process.stdin.write(b"1, 3\n")
    output = await _read_until(process.stdout, "Done, ")
    assert "Green" in output
    assert "Apples" in output
    assert "Cherries" in output
    process.stdin.write(b"/exit\n")
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert (api.workspace / name).exists()


async def test_plain_mode_survives_an_answer_that_does_not_arrive(demo: Demo) -> None:
    async with running_api(demo) as api:
        process = await _tui({"RUN_DIR": str(api.socket.parent)}, "--ax-screen-reader", stdin=asyncio.subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"demo:ask multi\n")
        await _read_until(process.stdout, "a number, or")
        process.stdin.write(b"2\n")
        await _read_until(process.stdout, "numbers, or")
        await api.kill()
        for _ in range(2):
            process.stdin.write(b"1, 3\n")
            await _read_until(process.stdout, "Not answered: ")
        process.stdin.write(b"/exit\n")
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_plain_mode_handles_pasted_lines_one_by_one(api: Api) -> None:
    process = await _tui({"RUN_DIR": str(api.socket.parent)}, "--ax-screen-reader", stdin=asyncio.subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"demo:ask\n")
    await _read_until(process.stdout, "a number, or")
    word = str(uuid.uuid4())
    process.stdin.write(f"2\r\n\ndemo:say {word}".encode())
    process.stdin.close()
    await process.communicate()
    assert process.returncode == 0
    assert (await api.client.get("/sessions", params={"q": word})).json()["sessions"]


async def test_ctrl_c_ends_plain_mode_at_once(api: Api) -> None:
    ours, theirs = os.openpty()
    try:
        process = await _tui({"RUN_DIR": str(api.socket.parent)}, "--ax-screen-reader", stdin=theirs)
        assert process.stdout
        await _read_until(process.stdout, "Claude Code.")
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 10)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (process.returncode, out, err) == (130, b"", b"")


async def _read_until(stream: asyncio.StreamReader, word: str) -> str:
    output = ""
    async with asyncio.timeout(90):
        while word not in output:
            output += (await stream.read(4096)).decode()
    return output


async def _tui(environment: dict[str, str], *words: str, stdin: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui",
        *words,
        cwd=ROOT,
        env=clean_environment({"HOME": os.environ.get("HOME", "/"), **environment}),
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
