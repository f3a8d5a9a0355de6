"""Reading: tools of every kind, thinking, todos, subagents, long outputs, scrolling, copying, hostile output."""

import pytest

from tests.parts.api import Api
from tests.parts.app import Seat, seat
from tui.model import Said, Thought, ToolCall
from tui.widgets.items.thought import ThoughtView
from tui.widgets.lines import made
from tui.widgets.pill import Pill
from tui.widgets.todo_list import TodoList


async def _run(person: Seat, command: str) -> None:
    """Runs a command, which Claude Code may or may not ask for."""
    await person.send(f"demo:run {command}")
    await person.until(lambda: person.talk.requests or (person.calls() and person.talk.running is None))
    if person.talk.requests:
        await person.is_asked("Claude wants to run a command")
        await person.pilot.press("y")
    await person.until(lambda: person.talk.running is None)


async def test_thinking_is_folded_and_unfolds(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:think")
        thought = next(item for item in person.talk.items if isinstance(item, Thought))
        first = thought.text.strip().splitlines()[0][:30]
        await person.sees("✻ Thought")
        assert first not in person.screen_text
        await person.until(lambda: person.chat.query(ThoughtView))
        await person.focuses(person.chat.query_one(ThoughtView))
        await person.pilot.press("enter")
        await person.sees(first)


async def test_todos_stay_in_sight(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:todo")
        assert person.talk.todos
        await person.until(lambda: person.chat.query_one("#todos", TodoList).display)
        assert person.talk.todos[0].text in person.screen_text


async def test_what_a_subagent_says_and_does_stands_under_its_call(api: Api) -> None:
    async with seat(api) as person:
        await person.send("demo:agent")
        await person.until(lambda: person.calls())
        await person.until(lambda: person.talk.running is None, seconds=60)
        agent = person.calls()[0]
        assert agent.state == "done"
        inner = person.talk.inner[agent.key]
        assert [call.output for call in inner if isinstance(call, ToolCall)] == ["Greetings from the subagent"]
        assert next(item.text for item in inner if isinstance(item, Said)) == "I call Bash."
        card = await person.card()
        folded = [made(line).plain for line in card.lines(100)]
        assert any("✓ Bash  echo Greetings" in line for line in folded)
        await person.focuses(card)
        await person.pilot.press("enter")
        await person.until(lambda: card.virtual_size.height > len(folded))


async def test_long_output_folds_and_unfolds(api: Api) -> None:
    async with seat(api) as person:
        await _run(person, "for i in $(seq 1 3000); do echo line-$i; done")
        await person.until(lambda: person.calls()[0].state == "done")
        card = await person.card()
        folded = card.virtual_size.height
        assert folded < 20
        await person.focuses(card)
        await person.pilot.press("enter")
        await person.until(lambda: card.virtual_size.height > folded * 2)


async def test_colours_of_a_program_are_kept_and_nothing_else_acts(api: Api) -> None:
    async with seat(api) as person:
        await _run(person, r"printf '\033[31mred\033[0m \033[2J\033]0;owned\007 \342\200\256evil'")
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
        await _run(person, "ls /nowhere-at-all; false")
        await person.sees("✗ Bash")
        await person.sees("No such file or directory")


async def test_scrolling_up_lets_go_and_the_pill_brings_back(api: Api) -> None:
    async with seat(api, size=(80, 24)) as person:
        await person.asks("demo:markdown")
        await person.pilot.press("pageup")
        await person.until(lambda: person.chat.query_one(Pill).display)
        place = person.chat.view.scroll_y
        person.chat.talk.conversation.notice("news from below")
        person.chat.say("and more")
        await person.sees("1 new message ↓")
        assert person.chat.view.scroll_y == pytest.approx(place)
        await person.pilot.click(Pill)
        await person.sees("and more")
        assert not person.chat.query_one(Pill).display


async def test_copy_gives_the_source(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:markdown")
        assert person.chat.view.focus_last()
        await person.pilot.press("y")
        await person.until(lambda: person.app.clipboard)
        assert person.app.clipboard.strip() == person.said()[-1].strip()
        assert "**bold**" in person.app.clipboard


async def test_a_code_block_is_copied_by_a_click(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:markdown")
        await person.sees("The end.")
        await person.pilot.pause(0.2)
        lines = person.screen_text.splitlines()
        row = next(number for number, line in enumerate(lines) if line.strip().startswith("python"))
        await person.pilot.click(offset=(lines[row].index("copy") + 1, row))
        await person.until(lambda: person.app.clipboard)
        assert person.app.clipboard.startswith("def fibonacci")
