"""Tool cards: state, time, output, colours, subagents, diffs."""

import re

from tests.support.api import Api
from tests.support.terminal_app import open_app
from tui.model import AssistantText, ToolCall
from tui.widgets.lines import made


async def test_a_card_shows_its_time_and_result(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:run while ! test -e go.txt; do sleep 0.1; done; rm go.txt")
        await user.wait_for_request("Claude wants to run a command")
        assert "waiting for you" in user.screen_text
        await user.pilot.press("y")
        await user.wait_until(lambda: re.search(r"[◐◓◑◒] Bash  while .* \d\.\ds$", user.screen_text, re.MULTILINE))
        assert "Running Bash…" in user.screen_text
        (api.workspace / "go.txt").touch()
        await user.see("✓ Bash  while")


async def test_the_steps_of_a_subagent_are_in_the_card_of_its_call(api: Api) -> None:
    async with open_app(api) as user:
        await user.send("demo:agent")
        await user.wait_until(lambda: user.tool_calls())
        await user.wait_until(lambda: user.conversation.running is None, seconds=60)
        agent = user.tool_calls()[0]
        assert agent.state == "done"
        inner = user.conversation.inner[agent.key]
        assert [call.output for call in inner if isinstance(call, ToolCall)] == ["Greetings from the subagent"]
        assert next(item.text for item in inner if isinstance(item, AssistantText)) == "Running Bash."
        card = await user.tool_card()
        folded = [made(line).plain for line in card.lines(100)]
        assert any("✓ Bash  echo Greetings" in line for line in folded)
        await user.focus(card)
        await user.pilot.press("enter")
        await user.wait_until(lambda: card.virtual_size.height > len(folded))


async def test_long_output_folds_and_unfolds(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_command("for i in $(seq 1 3000); do echo line-$i; done")
        await user.wait_until(lambda: user.tool_calls()[0].state == "done")
        card = await user.tool_card()
        folded = card.virtual_size.height
        assert folded < 20
        await user.focus(card)
        await user.pilot.press("enter")
        await user.wait_until(lambda: card.virtual_size.height > folded * 2)


async def test_colours_of_a_program_are_kept_and_other_sequences_are_text(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_command(r"printf '\033[31mred\033[0m \033[2J\033]0;owned\007 \342\200\256evil'")
        card = await user.tool_card()
        await user.wait_until(lambda: card.item.state == "done")
        lines = [made(line) for line in card.lines(100)]
        line = next(line for line in lines if "red" in line.plain and "printf" not in line.plain)
        assert any("ansi" in str(span.style).lower() for span in line.spans)
        assert "␛[2J" in line.plain
        assert "⟨U+202E⟩" in line.plain
        assert "\x1b" not in user.screen_text


async def test_a_failed_command_shows_its_output(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_command("ls /nowhere-at-all; false")
        await user.see("✗ Bash")
        await user.see("No such file or directory")


async def test_folded_lines_are_counted_and_a_click_unfolds_them(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("!for i in $(seq 1 300); do echo line-$i; done")
        await user.see("… 290 more lines")
        assert "line-1\n" in user.screen_text
        assert "line-300" in user.screen_text
        card = await user.tool_card()
        folded = card.virtual_size.height
        await user.click("… 290 more lines")
        await user.wait_until(lambda: card.virtual_size.height > folded * 2)


async def test_a_diff_is_side_by_side_where_there_is_room(api: Api) -> None:
    async with open_app(api, size=(160, 40)) as user:
        await user.pilot.press("shift+tab")
        await user.see("accepts edits")
        await user.run_turn("demo:write side.py def hello():\n    return 'Hello'")
        await user.run_turn("demo:edit side.py return 'Hello' => return 'Goodbye'")
        beside = re.compile(r"^ *2 - +return 'Hello' *│ *2 \+ +return 'Goodbye'", re.MULTILINE)
        await user.wait_until(lambda: beside.search(user.screen_text))
        await user.pilot.resize_terminal(80, 40)
        below = re.compile(r"^ *2 - +return 'Hello' *\n *2 \+ +return 'Goodbye'", re.MULTILINE)
        await user.wait_until(lambda: below.search(user.screen_text))


async def test_an_unknown_tool_shows_its_input_and_output(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:call CronList {}")
        await user.see("✓ CronList")
        assert "No scheduled jobs." in user.tool_calls()[-1].output
