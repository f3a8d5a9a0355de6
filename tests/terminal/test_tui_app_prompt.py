"""The prompt: several lines, history, completion, pastes, queue, drafts."""

from pathlib import Path

from textual import events

from tests.support.api import Api
from tests.support.terminal_app import seat


async def test_a_line_break_and_a_backslash_do_not_send(api: Api) -> None:
    async with seat(api) as person:
        await person.type("one")
        await person.pilot.press("shift+enter")
        await person.type("two\\")
        await person.pilot.press("enter")
        await person.type("three")
        await person.pilot.press("ctrl+j")
        await person.type("four")
        assert person.chat.editor.text == "one\ntwo\nthree\nfour"
        assert not person.conversation.items


async def test_history_is_walked_and_kept(api: Api, tmp_path: Path) -> None:
    async with seat(api, user="hal@example.com", state=tmp_path) as person:
        await person.asks("demo:say first")
        await person.asks("demo:say second")
        await person.type("draft")
        await person.pilot.press("up", "up")
        assert person.chat.editor.text == "demo:say first"
        await person.pilot.press("down", "down")
        assert person.chat.editor.text == "draft"
    async with seat(api, user="hal@example.com", state=tmp_path) as person:
        person.chat.editor.put("")
        await person.pilot.press("up")
        assert person.chat.editor.text == "demo:say second"


async def test_commands_are_completed(api: Api) -> None:
    async with seat(api) as person:
        await person.type("/thm")
        await person.sees("choose the colours")
        await person.pilot.press("tab")
        assert person.chat.editor.text == "/theme "


async def test_who_types_faster_than_the_list_comes_gets_what_was_typed(api: Api) -> None:
    async with seat(api) as person:
        editor = person.chat.editor

        async def types_on(rest: str, then: str) -> None:
            await person.type("/m")
            await person.sees("▸ /mcp")  # the best for as much
            editor.insert(rest)
            editor.post_message(events.Key(then, None))

        await types_on("odel", "enter")
        await person.until(lambda: person.app.screen is not person.chat)
        await person.pilot.press("escape")
        await person.is_back()
        await types_on("od", "tab")
        await person.until(lambda: editor.text == "/mode ")


async def test_the_clis_own_commands_are_completed(api: Api) -> None:
    async with seat(api) as person:
        await person.type("/compac")
        await person.sees("/compact")


async def test_files_are_completed_fuzzily(api: Api) -> None:
    (api.workspace / "source").mkdir(exist_ok=True)
    (api.workspace / "source" / "long_module_name.py").write_text("x = 1\n")
    async with seat(api) as person:
        await person.type("look at @lmn")
        await person.sees("source/long_module_name.py")
        await person.pilot.press("enter")
        assert person.chat.editor.text == "look at @source/long_module_name.py "


async def test_a_big_paste_is_a_chip_and_is_sent_whole(api: Api) -> None:
    async with seat(api) as person:
        text = "\n".join(f"line {number}" for number in range(200))
        await person.type("demo:say x ")
        person.chat.editor.post_message(events.Paste(text))
        await person.until(lambda: "[Pasted text #1, 200 lines]" in person.chat.editor.text)
        await person.pilot.press("enter")
        await person.until(lambda: person.conversation.running is None and person.said())
        assert "line 199" in person.said()[-1]


async def test_prompts_queue_and_come_back(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:stream 4000")
        await person.sees("word3")
        await person.send("demo:say queued one")
        await person.send("demo:say queued two")
        await person.until(lambda: len(person.conversation.queue) == 2)
        await person.sees("↳ demo:say queued two")
        await person.pilot.press("up")
        await person.until(lambda: person.chat.editor.text == "demo:say queued two")
        await person.until(lambda: len(person.conversation.queue) == 1)
        await person.pilot.press("escape")
        await person.until(lambda: person.said()[-1:] == ["queued one"])


async def test_a_draft_survives_the_app(api: Api, tmp_path: Path) -> None:
    async with seat(api, user="ida@example.com", state=tmp_path) as person:
        await person.asks("demo:say hello")
        session_id = person.chat.session.session_id
        await person.type("half a thought")
        await person.until(lambda: "half a thought" in _all(tmp_path))
    async with seat(api, user="ida@example.com", session_id=session_id, state=tmp_path) as person:
        assert person.chat.editor.text == "half a thought"


async def test_drafts_of_two_sessions_typed_at_once_are_both_kept(api: Api, tmp_path: Path) -> None:
    async with seat(api, user="jan@example.com", state=tmp_path) as person:
        await person.asks("demo:say hello")
        first = person.chat.session
        person.chat.editor.put("one thought")
        await person.until(lambda: first.draft == "one thought")
        await person.pilot.press("ctrl+n")
        await person.until(lambda: person.chat.session is not first)
        person.chat.editor.put("another thought")
        await person.until(lambda: "one thought" in _all(tmp_path) and "another thought" in _all(tmp_path))


async def test_two_apps_of_one_person_lose_nothing_of_each_other(api: Api, tmp_path: Path) -> None:
    async with (
        seat(api, user="kim@example.com", state=tmp_path) as one,
        seat(api, user="kim@example.com", state=tmp_path) as other,
    ):
        await one.asks("demo:say from one")
        await other.asks("demo:say from the other")
        await one.type("half a thought")
        await other.type("half a sentence")
        for words in ("from one", "from the other", "half a thought", "half a sentence"):
            await one.until(lambda words=words: words in _all(tmp_path))  # type: ignore[misc]
    async with seat(api, user="kim@example.com", state=tmp_path) as later:
        await later.pilot.press("up")
        assert later.chat.editor.text == "demo:say from the other"
        await later.pilot.press("up")
        assert later.chat.editor.text == "demo:say from one"


def _all(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*.json"))


async def test_escape_twice_clears_the_prompt(api: Api) -> None:
    async with seat(api) as person:
        await person.type("never mind")
        await person.pilot.press("escape", "escape")
        assert person.chat.editor.text == ""
        await person.pilot.press("up")
        assert person.chat.editor.text == "never mind"


async def test_a_shell_command_runs_and_joins_the_talk(api: Api) -> None:
    async with seat(api) as person:
        await person.send("!echo from the shell | tee shell.txt")
        await person.until(lambda: person.calls() and person.calls()[0].state == "done")
        assert (api.workspace / "shell.txt").read_text() == "from the shell\n"
        assert person.calls()[0].output == "from the shell"
        await person.sees("✓ Bash  echo from the shell | tee shell.txt")
        await person.rests()
        await person.send("!exit 3")
        await person.sees("Exit code 3")
        await person.rests()
        await person.asks("demo:recall")
        assert "from the shell" in person.said()[-1]
