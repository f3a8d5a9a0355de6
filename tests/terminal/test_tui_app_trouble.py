"""Trouble: refusals of Claude's API, a dead api, no server, no credentials; nothing typed is lost."""

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
from tests.support.terminal_app import seat
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
async def test_a_failure_says_what_to_do_and_offers_to_try_again(api: Api, prompt: str, sentence: str) -> None:
    async with seat(api) as person:
        await person.send(prompt)
        await person.until(
            lambda: (
                person.conversation.items and person.conversation.running is None and person.chat.query(TurnSummaryView)
            )
        )
        await person.sees(sentence)
        await person.sees("Try again")
        await person.focuses(person.chat.query(TurnSummaryView).last())
        await person.pilot.press("r")
        await person.until(lambda: sum(isinstance(item, UserPrompt) for item in person.conversation.items) == 2)
        await person.rests()


async def test_the_api_dies_in_mid_stream_and_comes_back(demo: Demo) -> None:
    async with running_api(demo) as api, seat(api) as person:
        await person.asks("demo:say before")
        await person.send("demo:stream 4000")
        await person.sees("word3")
        await api.kill()
        await person.sees("connection lost")
        await person.type("still typing")
        assert person.chat.editor.text == "still typing"
        await api.start()
        await person.until(lambda: "connection lost" not in person.screen_text)
        await person.rests()
        assert person.chat.editor.text == "still typing"
        await person.pilot.press(*["backspace"] * 12)
        await person.asks("demo:say after")
        assert person.said().count("before") == 1
        assert person.said()[-1] == "after"


async def test_a_request_goes_with_the_server_that_asked_it(demo: Demo) -> None:
    async with running_api(demo) as api, seat(api) as person:
        await person.send("demo:run touch asked-in-vain.txt")
        await person.is_asked("Claude wants to run a command")
        await api.kill()
        await person.sees("connection lost")
        await person.pilot.press("y")
        await api.start()
        await person.sees("The server was restarted during this turn")
        await person.until(lambda: not person.chat.query(RequestPanel))
        await person.asks("demo:say goes on")
        assert person.said()[-1] == "goes on"


async def test_a_prompt_sent_into_a_dead_api_arrives_once(demo: Demo) -> None:
    async with running_api(demo) as api, seat(api) as person:
        await person.asks("demo:say begin")
        await api.kill()
        await person.sees("connection lost")
        await person.send("demo:say delivered")
        await person.sees("sending…")
        await api.start()
        await person.until(lambda: "delivered" in person.said(), seconds=90)
        assert "sending…" not in person.screen_text
        prompts = [item.text for item in person.conversation.items if isinstance(item, UserPrompt)]
        assert prompts == ["demo:say begin", "demo:say delivered"]


async def test_without_credentials_the_first_screen_says_so(demo: Demo) -> None:
    async with running_api(demo, DEMO="0") as api, seat(api) as person:
        await person.sees("no Claude credentials")
        await person.send("hello")
        await person.sees("CLAUDE_CODE_OAUTH_TOKEN")
        await person.until(lambda: person.chat.editor.text == "hello")


async def test_without_a_server_it_says_so_in_one_sentence() -> None:
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


async def test_plain_lines_for_screen_readers(api: Api) -> None:
    environment = {"RUN_DIR": str(api.socket.parent), "TUI_STATE_DIR": str(api.folder / "state")}
    process = await _tui(environment, "--ax-screen-reader", stdin=asyncio.subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    name = f"{uuid.uuid4()}.txt"
    process.stdin.write(f"demo:run touch {name}\n".encode())
    heard = await _hear(process.stdout, "allow once")
    assert f"touch {name}" in heard
    process.stdin.write(b"y\n")
    heard = await _hear(process.stdout, "Done, ")
    assert "Tool Bash, done" in heard
    assert "\x1b" not in heard
    process.stdin.write(b"demo:ask multi\n")
    await _hear(process.stdout, "a number, or")
    process.stdin.write(b"2\n")
    await _hear(process.stdout, "numbers, or")
    process.stdin.write(b"1, 3\n")
    heard = await _hear(process.stdout, "Done, ")
    assert "Green" in heard
    assert "Apples" in heard
    assert "Cherries" in heard
    process.stdin.write(b"/exit\n")
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert (api.workspace / name).exists()


async def test_plain_lines_survive_an_answer_that_does_not_arrive(demo: Demo) -> None:
    async with running_api(demo) as api:
        process = await _tui({"RUN_DIR": str(api.socket.parent)}, "--ax-screen-reader", stdin=asyncio.subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"demo:ask multi\n")
        await _hear(process.stdout, "a number, or")
        process.stdin.write(b"2\n")
        await _hear(process.stdout, "numbers, or")
        await api.kill()
        for _ in range(2):
            process.stdin.write(b"1, 3\n")
            await _hear(process.stdout, "Not answered: ")
        process.stdin.write(b"/exit\n")
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_plain_lines_that_were_pasted_are_taken_one_by_one(api: Api) -> None:
    process = await _tui({"RUN_DIR": str(api.socket.parent)}, "--ax-screen-reader", stdin=asyncio.subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"demo:ask\n")
    await _hear(process.stdout, "a number, or")
    word = str(uuid.uuid4())
    process.stdin.write(f"2\r\n\ndemo:say {word}".encode())
    process.stdin.close()
    await process.communicate()
    assert process.returncode == 0
    assert (await api.client.get("/sessions", params={"q": word})).json()["sessions"]


async def test_ctrl_c_ends_plain_lines_at_once(api: Api) -> None:
    ours, theirs = os.openpty()
    try:
        process = await _tui({"RUN_DIR": str(api.socket.parent)}, "--ax-screen-reader", stdin=theirs)
        assert process.stdout
        await _hear(process.stdout, "Claude Code.")
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 10)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (process.returncode, out, err) == (130, b"", b"")


async def _hear(stream: asyncio.StreamReader, word: str) -> str:
    heard = ""
    async with asyncio.timeout(90):
        while word not in heard:
            heard += (await stream.read(4096)).decode()
    return heard


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
