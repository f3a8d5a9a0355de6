"""Tool cards: state and time, output by kind, colours, subagents, diffs by width."""

import re

from tests.support.api import Api
from tests.support.terminal_app import seat
from tui.model import AssistantText, ToolCall
from tui.widgets.lines import made


async def test_a_running_card_tells_its_time_and_what_became_of_it(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:run while ! test -e go.txt; do sleep 0.1; done; rm go.txt")
        await person.is_asked("Claude wants to run a command")
        assert "waiting for you" in person.screen_text
        await person.pilot.press("y")
        await person.until(lambda: re.search(r"[◐◓◑◒] Bash  while .* \d\.\ds$", person.screen_text, re.MULTILINE))
        assert "Running Bash…" in person.screen_text
        (api.workspace / "go.txt").touch()
        await person.sees("✓ Bash  while")


async def test_what_a_subagent_says_and_does_stands_under_its_call(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:agent")
        await person.until(lambda: person.calls())
        await person.until(lambda: person.conversation.running is None, seconds=60)
        agent = person.calls()[0]
        assert agent.state == "done"
        inner = person.conversation.inner[agent.key]
        assert [call.output for call in inner if isinstance(call, ToolCall)] == ["Greetings from the subagent"]
        assert next(item.text for item in inner if isinstance(item, AssistantText)) == "Running Bash."
        card = await person.card()
        folded = [made(line).plain for line in card.lines(100)]
        assert any("✓ Bash  echo Greetings" in line for line in folded)
        await person.focuses(card)
        await person.pilot.press("enter")
        await person.until(lambda: card.virtual_size.height > len(folded))


async def test_long_output_folds_and_unfolds(api: Api) -> None:
    async with seat(api) as person:
        await person.runs("for i in $(seq 1 3000); do echo line-$i; done")
        await person.until(lambda: person.calls()[0].state == "done")
        card = await person.card()
        folded = card.virtual_size.height
        assert folded < 20
        await person.focuses(card)
        await person.pilot.press("enter")
        await person.until(lambda: card.virtual_size.height > folded * 2)


async def test_colours_of_a_program_are_kept_and_nothing_else_acts(api: Api) -> None:
    async with seat(api) as person:
        await person.runs(r"printf '\033[31mred\033[0m \033[2J\033]0;owned\007 \342\200\256evil'")
        card = await person.card()
        await person.until(lambda: card.item.state == "done")
        lines = [made(line) for line in card.lines(100)]
        line = next(line for line in lines if "red" in line.plain and "printf" not in line.plain)
        assert any("ansi" in str(span.style).lower() for span in line.spans)
        assert "␛[2J" in line.plain
        assert "⟨U+202E⟩" in line.plain
        assert "\x1b" not in person.screen_text


async def test_a_failed_command_is_open(api: Api) -> None:
    async with seat(api) as person:
        await person.runs("ls /nowhere-at-all; false")
        await person.sees("✗ Bash")
        await person.sees("No such file or directory")


async def test_what_is_folded_is_counted_and_a_click_unfolds(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("!for i in $(seq 1 300); do echo line-$i; done")
        await person.sees("… 290 more lines")
        assert "line-1\n" in person.screen_text
        assert "line-300" in person.screen_text
        card = await person.card()
        folded = card.virtual_size.height
        await person.clicks("… 290 more lines")
        await person.until(lambda: card.virtual_size.height > folded * 2)


async def test_a_diff_stands_side_by_side_where_there_is_room(api: Api) -> None:
    async with seat(api, size=(160, 40)) as person:
        await person.pilot.press("shift+tab")
        await person.sees("accepts edits")
        await person.asks("demo:write side.py def hello():\n    return 'Hello'")
        await person.asks("demo:edit side.py return 'Hello' => return 'Goodbye'")
        beside = re.compile(r"^ *2 - +return 'Hello' *│ *2 \+ +return 'Goodbye'", re.MULTILINE)
        await person.until(lambda: beside.search(person.screen_text))
        await person.pilot.resize_terminal(80, 40)
        below = re.compile(r"^ *2 - +return 'Hello' *\n *2 \+ +return 'Goodbye'", re.MULTILINE)
        await person.until(lambda: below.search(person.screen_text))


async def test_a_tool_that_the_app_has_never_heard_of_shows_what_it_is_given_and_gives(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:call CronList {}")
        await person.sees("✓ CronList")
        assert "No scheduled jobs." in person.calls()[-1].output
