"""The demo model's scripts, run by the real Claude Code CLI."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    Message,
    PermissionResult,
    PermissionResultAllow,
    PermissionResultDeny,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ThinkingBlock,
    ToolPermissionContext,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from tests.support.demo import Demo

Asked = list[tuple[str, dict[str, Any]]]  # tool inputs are each tool's own
Connect = Callable[..., AbstractAsyncContextManager[ClaudeSDKClient]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def asked() -> Asked:
    """The permission requests of the CLI."""
    return []


@pytest.fixture
def connect(demo: Demo, tmp_path: Path, workspace: Path, asked: Asked) -> Connect:
    """Returns a function that opens a CLI and allows every tool call that does not contain `forbidden`."""

    async def answer(tool: str, given: dict[str, Any], _: ToolPermissionContext) -> PermissionResult:
        asked.append((tool, given))
        if "forbidden" in str(given):
            return PermissionResultDeny(message="Not today")
        if tool == "AskUserQuestion":
            answers = {question["question"]: question["options"][-1]["label"] for question in given["questions"]}
            return PermissionResultAllow(updated_input={**given, "answers": answers})
        return PermissionResultAllow(updated_input=given)

    @asynccontextmanager
    async def open_client(**options: Any) -> AsyncIterator[ClaudeSDKClient]:
        environment = {**demo.environment, "HOME": str(tmp_path), "CLAUDE_CODE_MAX_RETRIES": "0"}
        environment |= {"CLAUDE_CONFIG_DIR": str(tmp_path / "config"), "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1"}
        settings = ClaudeAgentOptions(
            cwd=workspace, env=environment, can_use_tool=answer, setting_sources=[], **options
        )
        async with ClaudeSDKClient(settings) as client:
            yield client

    return open_client


async def turn(client: ClaudeSDKClient, prompt: str) -> list[Message]:
    await client.query(prompt)
    return [message async for message in client.receive_response()]


def blocks(messages: list[Message]) -> list[Any]:
    """Returns every content block of the turn."""
    found: list[Any] = []
    for message in messages:
        if isinstance(message, AssistantMessage | UserMessage) and isinstance(message.content, list):
            found += message.content
    return found


def last_text(messages: list[Message]) -> str:
    """Returns the text of the turn's last message."""
    return [block.text for block in blocks(messages) if isinstance(block, TextBlock)][-1]


def result(messages: list[Message]) -> ResultMessage:
    assert isinstance(messages[-1], ResultMessage)
    return messages[-1]


async def test_say_costs_something(connect: Connect) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:say hello there")
    assert last_text(messages) == "hello there"
    assert result(messages).is_error is False
    assert (result(messages).total_cost_usd or 0) > 0


async def test_stream_sends_single_words(connect: Connect) -> None:
    async with connect(include_partial_messages=True) as client:
        messages = await turn(client, "demo:stream 20 1")
    deltas = [m for m in messages if isinstance(m, StreamEvent) and m.event["type"] == "content_block_delta"]
    assert len(deltas) == 20
    assert last_text(messages).split() == [f"word{n}" for n in range(20)]


async def test_run_asks_for_permission_runs_the_command_and_quotes_its_output(
    connect: Connect, asked: Asked, workspace: Path
) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:run echo made > file.txt; cat file.txt")
    assert (workspace / "file.txt").read_text() == "made\n"
    assert asked[0][1]["command"] == "echo made > file.txt; cat file.txt"
    assert "made" in last_text(messages)


async def test_the_answer_mentions_a_denied_command(connect: Connect, workspace: Path) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:run touch forbidden")
    assert not (workspace / "forbidden").exists()
    assert "Not today" in last_text(messages)


async def test_files_are_written_edited_and_read(connect: Connect, asked: Asked, workspace: Path) -> None:
    (workspace / "old.txt").write_text("before\n")
    async with connect() as client:
        await turn(client, "demo:write new.txt one two")
        await turn(client, "demo:edit new.txt two => three")
        await turn(client, "demo:edit old.txt before => after")
        await turn(client, "demo:write old.txt whole")
        messages = await turn(client, "demo:read new.txt")
    assert (workspace / "new.txt").read_text() == "one three"
    assert (workspace / "old.txt").read_text() == "whole"
    assert "one three" in last_text(messages)
    assert [tool for tool, _ in asked] == ["Write", "Edit", "Edit", "Write"]


async def test_an_unseen_file_is_read_before_it_is_overwritten(connect: Connect, workspace: Path) -> None:
    (workspace / "old.txt").write_text("before\n")
    async with connect() as client:
        await turn(client, "demo:write old.txt after")
    assert (workspace / "old.txt").read_text() == "after"


async def test_ask_returns_the_choice(connect: Connect, asked: Asked) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:ask")
    assert asked[0][0] == "AskUserQuestion"
    assert "Blue" in last_text(messages)


@pytest.mark.parametrize("mode", ["default", "plan"])
async def test_plan_asks_for_approval(connect: Connect, asked: Asked, mode: str) -> None:
    async with connect(permission_mode=mode) as client:
        messages = await turn(client, "demo:plan")
    assert last_text(messages) == "Done."
    assert asked[-1][0] == "ExitPlanMode"
    assert "## Steps" in asked[-1][1]["plan"]


async def test_todo_uses_the_tool_that_the_client_offers(connect: Connect) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:todo")
    used = [block.name for block in blocks(messages) if isinstance(block, ToolUseBlock)]
    assert set(used) & {"TodoWrite", "TaskCreate"}
    assert not any(block.is_error for block in blocks(messages) if isinstance(block, ToolResultBlock))


async def test_think(connect: Connect) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:think")
    assert any(isinstance(block, ThinkingBlock) for block in blocks(messages))
    assert "42" in last_text(messages)


async def test_agent_reports(connect: Connect) -> None:
    async with connect() as client:
        messages = await turn(client, "demo:agent demo:run echo deep down")
    inner = [m for m in messages if isinstance(m, AssistantMessage) and m.parent_tool_use_id]
    assert any(isinstance(block, ToolUseBlock) and block.name == "Bash" for m in inner for block in m.content)
    assert "deep down" in last_text(messages)


async def test_recall_clear_and_compact(connect: Connect) -> None:
    async with connect() as client:
        await turn(client, "my name is Ada")
        assert "my name is Ada" in last_text(await turn(client, "demo:recall"))
        compacted = result(await turn(client, "/compact"))
        assert not compacted.is_error
        assert "my name is Ada" in last_text(await turn(client, "demo:recall"))
        await turn(client, "/clear")
        assert "Ada" not in last_text(await turn(client, "demo:recall"))


@pytest.mark.parametrize("status", [400, 401, 429, 500, 529])
async def test_fail(connect: Connect, status: int) -> None:
    async with connect() as client:
        outcome = result(await turn(client, f"demo:fail {status}"))
    assert outcome.is_error
    assert outcome.api_error_status == status


async def test_cut_is_an_error_and_the_session_continues(connect: Connect) -> None:
    async with connect() as client:
        outcome = result(await turn(client, "demo:cut 3"))
        assert outcome.is_error
        assert last_text(await turn(client, "demo:say still here")) == "still here"


async def test_hang_can_be_interrupted(connect: Connect) -> None:
    async with connect() as client:
        await client.query("demo:hang")
        messages = []
        async for message in client.receive_response():
            messages.append(message)
            if isinstance(message, SystemMessage) and message.subtype == "init":
                await client.interrupt()
        assert isinstance(messages[-1], ResultMessage)
        assert last_text(await turn(client, "demo:say awake")) == "awake"


async def test_structured_output_fits_the_schema(connect: Connect) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
        "additionalProperties": False,
    }
    async with connect(output_format={"type": "json_schema", "schema": schema}) as client:
        outcome = result(await turn(client, "demo:say hi"))
    assert outcome.structured_output == {"colour": "red", "count": 1}
