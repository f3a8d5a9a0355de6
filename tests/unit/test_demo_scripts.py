"""The commands of the demo model."""

import json
from typing import Any

import pytest

from demo.answer import Answer, Call, Refusal, Reply, Silence, Text, Thinking
from demo.model import reply
from demo.request import parse_request
from demo.texts import MARKDOWN

Json = dict[str, Any]  # requests are free-form JSON here

TOOLS = ["Bash", "Read", "Write", "Edit", "AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "Agent"]


def ask(*messages: Json | str, tools: list[str] | None = None, **fields: Any) -> Reply:
    """Returns the reply to a conversation; strings are user messages."""
    body = {
        "model": "m",
        "system": "Primary working directory: /workspace",
        "messages": [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages],
        "tools": [{"name": name, "input_schema": {}} for name in (TOOLS if tools is None else tools)],
        **fields,
    }
    return reply(parse_request(json.dumps(body).encode()))


def text(answer: Reply) -> str:
    assert isinstance(answer, Answer)
    return "".join("".join(part.pieces) for part in answer.parts if isinstance(part, Text))


def call(answer: Reply) -> Call:
    assert isinstance(answer, Answer)
    assert answer.stop_reason == "tool_use"
    (found,) = [part for part in answer.parts if isinstance(part, Call)]
    return found


def used(call: Call, output: str, *, is_error: bool = False) -> list[Json]:
    """Returns the two messages of a finished call."""
    use = {"type": "tool_use", "id": "t" + output, "name": call.name, "input": call.input}
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": output, "is_error": is_error}
    return [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]


@pytest.mark.parametrize("words", ["hello", "two  spaces", "a\nb\n\n  c", "日本語 🚀 words", "x" * 500])
def test_say_is_exact(words: str) -> None:
    assert text(ask(f"demo:say {words}")) == words


def test_stream_sends_numbered_words_with_a_delay() -> None:
    answer = ask("demo:stream 3 7")
    assert isinstance(answer, Answer)
    assert answer.parts == (Text(("word0 ", "word1 ", "word2 ")),)
    assert answer.delay == 0.007
    default = ask("demo:stream 3")
    assert isinstance(default, Answer)
    assert default.delay == 0.015


def test_markdown_is_complete() -> None:
    assert text(ask("please demo:markdown now")) == MARKDOWN


def test_run_calls_bash_with_the_rest_of_the_line_and_quotes_the_output() -> None:
    prompt = "demo:run echo one && ls -la\nand then stop"
    first = call(ask(prompt))
    assert first.name == "Bash"
    assert first.input["command"] == "echo one && ls -la"
    assert "the output" in text(ask(prompt, *used(first, "the output")))
    assert "failed" in text(ask(prompt, *used(first, "denied by the person", is_error=True)))


def test_a_prompt_after_an_interrupted_tool_is_the_current_one() -> None:
    first = call(ask("demo:run sleep 9"))
    use, result = used(first, "interrupted", is_error=True)
    result["content"] += [
        {"type": "text", "text": "[Request interrupted by user for tool use]"},
        {"type": "text", "text": "demo:say next"},
    ]
    assert text(ask("demo:run sleep 9", use, result)) == "next"


def test_the_last_of_two_unanswered_prompts_is_the_current_one() -> None:
    blocks = [{"type": "text", "text": "demo:cut 3"}, {"type": "text", "text": "demo:say last"}]
    assert text(ask({"role": "user", "content": blocks})) == "last"


def test_text_added_by_the_client_is_not_a_prompt() -> None:
    reminder = {"type": "text", "text": "<system-reminder>\ndemo:fail 500\n</system-reminder>"}
    prompt = {"role": "user", "content": [reminder, {"type": "text", "text": "demo:say real"}, reminder]}
    assert text(ask(prompt, {"role": "system", "content": "demo:fail 400"})) == "real"


def test_write_and_read_resolve_the_path() -> None:
    write = call(ask("demo:write a/b.txt one\ntwo"))
    assert (write.name, write.input) == ("Write", {"file_path": "/workspace/a/b.txt", "content": "one\ntwo"})
    assert call(ask("demo:read /etc/hostname")).input == {"file_path": "/etc/hostname"}


def test_write_reads_first_if_the_client_requires_it() -> None:
    history: list[Json] = []
    names = []
    for output in ("File has not been read yet. Read it first before writing to it.", "old", "written"):
        step = call(ask("demo:write a.txt new", *history))
        names.append(step.name)
        history += used(step, output, is_error=output.startswith("File has not"))
    assert names == ["Write", "Read", "Write"]
    assert text(ask("demo:write a.txt new", *history)) == "Done."


def test_edit_reads_an_unknown_file_first() -> None:
    prompt = "demo:edit a.txt old words => new words"
    read = call(ask(prompt))
    assert read.name == "Read"
    edit = call(ask(prompt, *used(read, "old words")))
    assert edit.input == {"file_path": "/workspace/a.txt", "old_string": "old words", "new_string": "new words"}
    assert text(ask(prompt, *used(read, "old words"), *used(edit, "edited"))) == "Done."


def test_edit_does_not_read_a_file_that_was_written() -> None:
    write = call(ask("demo:write a.txt x"))
    done = {"role": "assistant", "content": "Done."}
    assert call(ask("demo:write a.txt x", *used(write, "ok"), done, "demo:edit a.txt x => y")).name == "Edit"


def test_ask_asks_questions() -> None:
    assert len(call(ask("demo:ask")).input["questions"]) == 1
    single, several = call(ask("demo:ask multi")).input["questions"]
    assert (single["multiSelect"], several["multiSelect"]) == (False, True)


def test_in_plan_mode_the_plan_file_is_written_first() -> None:
    mode = {"role": "system", "content": "Plan mode is active. Create your plan at /c/plans/a-b.md with Write"}
    write = call(ask("demo:plan", mode))
    assert write.input["file_path"] == "/c/plans/a-b.md"
    exit_plan = call(ask("demo:plan", mode, *used(write, "ok")))
    assert exit_plan.name == "ExitPlanMode"
    left = {"role": "system", "content": "## Exited Plan Mode"}
    assert text(ask("demo:plan", mode, *used(write, "ok"), *used(exit_plan, "approved"), left)) == "Done."


def test_outside_plan_mode_the_mode_is_entered() -> None:
    enter = call(ask("demo:plan"))
    assert enter.name == "EnterPlanMode"
    assert call(ask("demo:plan", *used(enter, "ok"))).name == "ExitPlanMode"


def test_an_unknown_tool_is_searched() -> None:
    search = call(ask("demo:plan", tools=["ToolSearch"]))
    assert search.input["query"] == "select:EnterPlanMode"
    found = used(search, "found")
    found[1]["content"].append({"type": "text", "text": "Tool loaded."})
    assert call(ask("demo:plan", *found, tools=["ToolSearch", "EnterPlanMode"])).name == "EnterPlanMode"
    assert "does not offer" in text(ask("demo:plan", *found, tools=["ToolSearch"]))
    assert "does not offer" in text(ask("demo:plan", tools=["Bash"]))


def test_todo_uses_the_tool_that_the_client_offers() -> None:
    assert len(call(ask("demo:todo", tools=["TodoWrite"])).input["todos"]) == 3
    assert call(ask("demo:todo", tools=["TaskCreate", "TaskUpdate"])).name == "TaskCreate"


def test_think_sends_thinking_before_text() -> None:
    answer = ask("demo:think")
    assert isinstance(answer, Answer)
    assert [type(part) for part in answer.parts] == [Thinking, Text]


def test_agent_passes_its_task_to_the_subagent() -> None:
    assert call(ask("demo:agent demo:say hi")).input["prompt"] == "demo:say hi"


def test_call_calls_any_tools_at_once() -> None:
    prompt = 'demo:call Read {"file_path": "/a"}\n  Bash {"command": "ls"}\n'
    answer = ask(prompt)
    assert isinstance(answer, Answer)
    calls = [part for part in answer.parts if isinstance(part, Call)]
    assert calls == [Call("Read", {"file_path": "/a"}), Call("Bash", {"command": "ls"})]
    assert "Done. Output:" in text(ask(prompt, *used(calls[0], "one"), *used(calls[1], "two")))
    assert call(ask("demo:call CronList", tools=["ToolSearch"])).input["query"] == "select:CronList"
    for broken in ("demo:call", "demo:call Read {broken", "demo:call Read {}\nno tool"):
        assert "Usage" in text(ask(broken))


def test_recall_quotes_the_first_prompt() -> None:
    history: list[Json | str] = ["my name is Ada", {"role": "assistant", "content": "Hello"}]
    assert "my name is Ada" in text(ask(*history, "demo:recall"))


def test_fail_hang_and_cut() -> None:
    assert ask("demo:fail 529") == Refusal(529)
    assert isinstance(ask("demo:hang"), Silence)
    cut = ask("demo:cut 4")
    assert isinstance(cut, Answer)
    assert cut.is_cut
    assert cut.parts == (Text(("word0 ", "word1 ", "word2 ", "word3 ")),)


def test_any_other_prompt_gets_a_list_of_commands() -> None:
    answer = text(ask("What is this?\nReally demo:unknown"))
    assert "> What is this?" in answer
    assert "demo model" in answer
    assert "demo:run" in answer


def test_a_request_with_an_output_format_gets_json_instead_of_a_script() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    config = {"format": {"type": "json_schema", "schema": schema}}
    answer = text(ask("<session>\ndemo:hang please\n</session>\nWrite it.", tools=[], output_config=config))
    assert json.loads(answer) == {"title": "demo:hang please"}


def test_structured_output_is_called_once() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    tools = [{"name": "StructuredOutput", "input_schema": schema}, {"name": "Bash", "input_schema": {}}]
    body = {"model": "m", "tools": tools, "messages": [{"role": "user", "content": "demo:say hi"}]}
    first = call(reply(parse_request(json.dumps(body).encode())))
    assert first == Call("StructuredOutput", {"n": 1})
    body["messages"] = [{"role": "user", "content": "demo:say hi"}, *used(first, "ok")]
    assert text(reply(parse_request(json.dumps(body).encode()))) == "hi"
