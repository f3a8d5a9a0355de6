"""The prompt: new lines, history, completion, pastes, queue, drafts."""

from pathlib import Path

from textual import events

from tests.support.api import Api
from tests.support.terminal_app import open_app


async def test_a_line_break_and_a_backslash_do_not_send(api: Api) -> None:
    async with open_app(api) as user:
        await user.type("one")
        await user.pilot.press("shift+enter")
        await user.type("two\\")
        await user.pilot.press("enter")
        await user.type("three")
        await user.pilot.press("ctrl+j")
        await user.type("four")
        assert user.chat.editor.text == "one\ntwo\nthree\nfour"
        assert not user.conversation.items


async def test_the_prompt_history_is_kept(api: Api, tmp_path: Path) -> None:
    async with open_app(api, user="hal@example.com", state=tmp_path) as user:
        await user.run_turn("demo:say first")
        await user.run_turn("demo:say second")
        await user.type("draft")
        await user.pilot.press("up", "up")
        assert user.chat.editor.text == "demo:say first"
        await user.pilot.press("down", "down")
        assert user.chat.editor.text == "draft"
    async with open_app(api, user="hal@example.com", state=tmp_path) as user:
        user.chat.editor.put("")
        await user.pilot.press("up")
        assert user.chat.editor.text == "demo:say second"


async def test_commands_are_completed(api: Api) -> None:
    async with open_app(api) as user:
        await user.type("/thm")
        await user.see("choose the colours")
        await user.pilot.press("tab")
        assert user.chat.editor.text == "/theme "


async def test_keys_faster_than_the_completions_complete_what_was_typed(api: Api) -> None:
    async with open_app(api) as user:
        editor = user.chat.editor

        async def types_on(rest: str, then: str) -> None:
            await user.type("/m")
            await user.see("▸ /mcp")  # the best for as much
            editor.insert(rest)
            editor.post_message(events.Key(then, None))

        await types_on("odel", "enter")
        await user.wait_until(lambda: user.app.screen is not user.chat)
        await user.pilot.press("escape")
        await user.wait_for_chat()
        await types_on("od", "tab")
        await user.wait_until(lambda: editor.text == "/mode ")


async def test_claude_codes_own_commands_are_completed(api: Api) -> None:
    async with open_app(api) as user:
        await user.type("/compac")
        await user.see("/compact")


async def test_files_are_completed_by_fuzzy_search(api: Api) -> None:
    (api.workspace / "source").mkdir(exist_ok=True)
    (api.workspace / "source" / "long_module_name.py").write_text("x = 1\n")
    async with open_app(api) as user:
        await user.type("look at @lmn")
        await user.see("source/long_module_name.py")
        await user.pilot.press("enter")
        assert user.chat.editor.text == "look at @source/long_module_name.py "


async def test_a_big_paste_is_shown_as_a_chip_and_sent_completely(api: Api) -> None:
    async with open_app(api) as user:
        text = "\n".join(f"line {number}" for number in range(200))
        await user.type("demo:say x ")
        user.chat.editor.post_message(events.Paste(text))
        await user.wait_until(lambda: "[Pasted text #1, 200 lines]" in user.chat.editor.text)
        await user.pilot.press("enter")
        await user.wait_until(lambda: user.conversation.running is None and user.answers())
        assert "line 199" in user.answers()[-1]


async def test_queued_prompts_can_be_taken_back(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:stream 4000")
        await user.see("word3")
        await user.send("demo:say queued one")
        await user.send("demo:say queued two")
        await user.wait_until(lambda: len(user.conversation.queue) == 2)
        await user.see("↳ demo:say queued two")
        await user.pilot.press("up")
        await user.wait_until(lambda: user.chat.editor.text == "demo:say queued two")
        await user.wait_until(lambda: len(user.conversation.queue) == 1)
        await user.pilot.press("escape")
        await user.wait_until(lambda: user.answers()[-1:] == ["queued one"])


async def test_a_draft_survives_a_restart_of_the_app(api: Api, tmp_path: Path) -> None:
    async with open_app(api, user="ida@example.com", state=tmp_path) as user:
        await user.run_turn("demo:say hello")
        session_id = user.chat.session.session_id
        await user.type("half a thought")
        await user.wait_until(lambda: "half a thought" in _all(tmp_path))
    async with open_app(api, user="ida@example.com", session_id=session_id, state=tmp_path) as user:
        assert user.chat.editor.text == "half a thought"


async def test_drafts_of_two_sessions_typed_at_once_are_both_kept(api: Api, tmp_path: Path) -> None:
    async with open_app(api, user="jan@example.com", state=tmp_path) as user:
        await user.run_turn("demo:say hello")
        first = user.chat.session
        user.chat.editor.put("one thought")
        await user.wait_until(lambda: first.draft == "one thought")
        await user.pilot.press("ctrl+n")
        await user.wait_until(lambda: user.chat.session is not first)
        user.chat.editor.put("another thought")
        await user.wait_until(lambda: "one thought" in _all(tmp_path) and "another thought" in _all(tmp_path))


async def test_two_apps_of_one_user_keep_each_others_history_and_drafts(api: Api, tmp_path: Path) -> None:
    async with (
        open_app(api, user="kim@example.com", state=tmp_path) as one,
        open_app(api, user="kim@example.com", state=tmp_path) as other,
    ):
        await one.run_turn("demo:say from one")
        await other.run_turn("demo:say from the other")
        await one.type("half a thought")
        await other.type("half a sentence")
        for words in ("from one", "from the other", "half a thought", "half a sentence"):
            await one.wait_until(lambda words=words: words in _all(tmp_path))  # type: ignore[misc]
    async with open_app(api, user="kim@example.com", state=tmp_path) as later:
        await later.pilot.press("up")
        assert later.chat.editor.text == "demo:say from the other"
        await later.pilot.press("up")
        assert later.chat.editor.text == "demo:say from one"


def _all(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*.json"))


async def test_escape_twice_clears_the_prompt(api: Api) -> None:
    async with open_app(api) as user:
        await user.type("never mind")
        await user.pilot.press("escape", "escape")
        assert user.chat.editor.text == ""
        await user.pilot.press("up")
        assert user.chat.editor.text == "never mind"


async def test_a_shell_command_becomes_part_of_the_conversation(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("!echo from the shell | tee shell.txt")
        await user.wait_until(lambda: user.tool_calls() and user.tool_calls()[0].state == "done")
        assert (api.workspace / "shell.txt").read_text() == "from the shell\n"
        assert user.tool_calls()[0].output == "from the shell"
        await user.see("✓ Bash  echo from the shell | tee shell.txt")
        await user.wait_until_idle()
        await user.send("!exit 3")
        await user.see("Exit code 3")
        await user.wait_until_idle()
        await user.run_turn("demo:recall")
        assert "from the shell" in user.answers()[-1]
