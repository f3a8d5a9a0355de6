"""Reading a conversation: thinking, todos, scrolling, copying."""

import pytest

from tests.support.api import Api
from tests.support.terminal_app import open_app
from tui.model import Thinking
from tui.widgets.items.thinking import ThinkingView
from tui.widgets.jump_to_end import JumpToEnd
from tui.widgets.todo_list import TodoList


async def test_thinking_is_folded_and_unfolds(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:think")
        thought = next(item for item in user.conversation.items if isinstance(item, Thinking))
        first = thought.text.strip().splitlines()[0][:30]
        await user.see("✻ Thought")
        assert first not in user.screen_text
        await user.wait_until(lambda: user.chat.query(ThinkingView))
        await user.focus(user.chat.query_one(ThinkingView))
        await user.pilot.press("enter")
        await user.see(first)


async def test_todos_are_above_the_prompt_or_beside_the_conversation(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:todo")
        assert user.conversation.todos
        await user.wait_until(lambda: user.chat.query_one("#todos", TodoList).display)
        assert user.conversation.todos[0].text in user.screen_text
        await user.pilot.resize_terminal(160, 40)
        await user.wait_until(lambda: user.chat.query_one("#todos-beside", TodoList).display)
        assert not user.chat.query_one("#todos", TodoList).display
        await user.see("│  Todos  1 of 3")


async def test_scrolling_up_stops_following_and_the_button_returns_to_the_end(api: Api) -> None:
    async with open_app(api, size=(80, 24)) as user:
        await user.run_turn("demo:markdown")
        await user.pilot.press("pageup")
        await user.wait_until(lambda: user.chat.query_one(JumpToEnd).display)
        place = user.chat.pane.view.scroll_y
        user.chat.session.conversation.notice("news from below")
        user.chat.add_notice("and more")
        await user.see("1 new message ↓")
        assert user.chat.pane.view.scroll_y == pytest.approx(place)
        await user.pilot.click(JumpToEnd)
        await user.see("and more")
        assert not user.chat.query_one(JumpToEnd).display


async def test_copying_an_answer_gives_its_markdown(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:markdown")
        assert user.chat.pane.view.focus_last()
        await user.pilot.press("y")
        await user.wait_until(lambda: user.app.clipboard)
        assert user.app.clipboard.strip() == user.answers()[-1].strip()
        assert "**bold**" in user.app.clipboard


async def test_a_code_block_is_copied_by_a_click(api: Api) -> None:
    async with open_app(api) as user:
        await user.run_turn("demo:markdown")
        await user.see("The end.")
        await user.pilot.pause(0.2)
        lines = user.screen_text.splitlines()
        row = next(number for number, line in enumerate(lines) if line.strip().startswith("python"))
        await user.pilot.click(offset=(lines[row].index("copy") + 1, row))
        await user.wait_until(lambda: user.app.clipboard)
        assert user.app.clipboard.startswith("def fibonacci")
