"""Reading: tools of every kind, thinking, todos, subagents, long outputs, scrolling, copying, hostile output."""

import pytest

from tests.support.api import Api
from tests.support.terminal_app import seat
from tui.model import Thinking
from tui.widgets.items.thinking import ThinkingView
from tui.widgets.jump_to_end import JumpToEnd
from tui.widgets.todo_list import TodoList


async def test_thinking_is_folded_and_unfolds(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:think")
        thought = next(item for item in person.conversation.items if isinstance(item, Thinking))
        first = thought.text.strip().splitlines()[0][:30]
        await person.sees("✻ Thought")
        assert first not in person.screen_text
        await person.until(lambda: person.chat.query(ThinkingView))
        await person.focuses(person.chat.query_one(ThinkingView))
        await person.pilot.press("enter")
        await person.sees(first)


async def test_todos_stay_in_sight(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:todo")
        assert person.conversation.todos
        await person.until(lambda: person.chat.query_one("#todos", TodoList).display)
        assert person.conversation.todos[0].text in person.screen_text
        await person.pilot.resize_terminal(160, 40)
        await person.until(lambda: person.chat.query_one("#todos-beside", TodoList).display)
        assert not person.chat.query_one("#todos", TodoList).display
        await person.sees("│  Todos  1 of 3")


async def test_scrolling_up_lets_go_and_the_pill_brings_back(api: Api) -> None:
    async with seat(api, size=(80, 24)) as person:
        await person.asks("demo:markdown")
        await person.pilot.press("pageup")
        await person.until(lambda: person.chat.query_one(JumpToEnd).display)
        place = person.chat.pane.view.scroll_y
        person.chat.session.conversation.notice("news from below")
        person.chat.add_notice("and more")
        await person.sees("1 new message ↓")
        assert person.chat.pane.view.scroll_y == pytest.approx(place)
        await person.pilot.click(JumpToEnd)
        await person.sees("and more")
        assert not person.chat.query_one(JumpToEnd).display


async def test_copy_gives_the_source(api: Api) -> None:
    async with seat(api) as person:
        await person.asks("demo:markdown")
        assert person.chat.pane.view.focus_last()
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
