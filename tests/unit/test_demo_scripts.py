"""The table of the demo model, command by command."""

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
    """The reply to a conversation; strings are user messages."""
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
    """The two messages that a finished call leaves."""
    use = {"type": "tool_use", "id": "t" + output, "name": call.name, "input": call.input}
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": output, "is_error": is_error}
    return [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]


@pytest.mark.parametrize("said", ["hello", "two  spaces", "a\nb\n\n  c", "日本語 🚀 words", "x" * 500])
def test_say_is_exact(said: str) -> None:
    assert text(ask(f"demo:say {said}")) == said


def test_stream_counts_words_at_its_pace() -> None:
    answer = ask("demo:stream 3 7")
    assert isinstance(answer, Answer)
    assert answer.parts == (Text(("word0 ", "word1 ", "word2 ")),)
    assert answer.delay == 0.007
    default = ask("demo:stream 3")
    assert isinstance(default, Answer)
    assert default.delay == 0.015


def test_markdown_is_whole() -> None:
    assert text(ask("please demo:markdown now")) == MARKDOWN


def test_run_calls_bash_with_the_rest_of_the_line_and_quotes_the_output() -> None:
    prompt = "demo:run echo one && ls -la\nand then stop"
    first = call(ask(prompt))
    assert first.name == "Bash"
    assert first.input["command"] == "echo one && ls -la"
    assert "the output" in text(ask(prompt, *used(first, "the output")))
    assert "failed" in text(ask(prompt, *used(first, "denied by the person", is_error=True)))


def test_a_new_prompt_after_an_interrupted_tool_counts() -> None:
    first = call(ask("demo:run sleep 9"))
    use, result = used(first, "interrupted", is_error=True)
    result["content"] += [
        {"type": "text", "text": "[Request interrupted by user for tool use]"},
        {"type": "text", "text": "demo:say next"},
    ]
    assert text(ask("demo:run sleep 9", use, result)) == "next"


def test_of_two_prompts_without_an_answer_between_the_last_counts() -> None:
    blocks = [{"type": "text", "text": "demo:cut 3"}, {"type": "text", "text": "demo:say last"}]
    assert text(ask({"role": "user", "content": blocks})) == "last"


def test_remarks_of_the_client_are_no_prompt() -> None:
    reminder = {"type": "text", "text": "<system-reminder>\ndemo:fail 500\n</system-reminder>"}
    prompt = {"role": "user", "content": [reminder, {"type": "text", "text": "demo:say real"}, reminder]}
    assert text(ask(prompt, {"role": "system", "content": "demo:fail 400"})) == "real"


def test_write_and_read_resolve_the_path() -> None:
    write = call(ask("demo:write a/b.txt one\ntwo"))
    assert (write.name, write.input) == ("Write", {"file_path": "/workspace/a/b.txt", "content": "one\ntwo"})
    assert call(ask("demo:read /etc/hostname")).input == {"file_path": "/etc/hostname"}


def test_write_reads_first_where_the_client_insists() -> None:
    history: list[Json] = []
    names = []
    for output in ("File has not been read yet. Read it first before writing to it.", "old", "written"):
        step = call(ask("demo:write a.txt new", *history))
        names.append(step.name)
        history += used(step, output, is_error=output.startswith("File has not"))
    assert names == ["Write", "Read", "Write"]
    assert "is done" in text(ask("demo:write a.txt new", *history))


def test_edit_reads_an_unknown_file_first() -> None:
    prompt = "demo:edit a.txt old words => new words"
    read = call(ask(prompt))
    assert read.name == "Read"
    edit = call(ask(prompt, *used(read, "old words")))
    assert edit.input == {"file_path": "/workspace/a.txt", "old_string": "old words", "new_string": "new words"}
    assert "is done" in text(ask(prompt, *used(read, "old words"), *used(edit, "edited")))


def test_edit_knows_a_file_written_before() -> None:
    write = call(ask("demo:write a.txt x"))
    done = {"role": "assistant", "content": "Done."}
    assert call(ask("demo:write a.txt x", *used(write, "ok"), done, "demo:edit a.txt x => y")).name == "Edit"


def test_ask_offers_questions() -> None:
    assert len(call(ask("demo:ask")).input["questions"]) == 1
    single, several = call(ask("demo:ask multi")).input["questions"]
    assert (single["multiSelect"], several["multiSelect"]) == (False, True)


def test_plan_mode_gets_its_plan_file_first() -> None:
    mode = {"role": "system", "content": "Plan mode is active. Create your plan at /c/plans/a-b.md with Write"}
    write = call(ask("demo:plan", mode))
    assert write.input["file_path"] == "/c/plans/a-b.md"
    exit_plan = call(ask("demo:plan", mode, *used(write, "ok")))
    assert exit_plan.name == "ExitPlanMode"
    left = {"role": "system", "content": "## Exited Plan Mode"}
    assert "is done" in text(ask("demo:plan", mode, *used(write, "ok"), *used(exit_plan, "approved"), left))


def test_outside_plan_mode_it_is_entered() -> None:
    enter = call(ask("demo:plan"))
    assert enter.name == "EnterPlanMode"
    assert call(ask("demo:plan", *used(enter, "ok"))).name == "ExitPlanMode"


def test_an_undescribed_tool_is_looked_up() -> None:
    search = call(ask("demo:plan", tools=["ToolSearch"]))
    assert search.input["query"] == "select:EnterPlanMode"
    found = used(search, "found")
    found[1]["content"].append({"type": "text", "text": "Tool loaded."})
    assert call(ask("demo:plan", *found, tools=["ToolSearch", "EnterPlanMode"])).name == "EnterPlanMode"
    assert "does not offer" in text(ask("demo:plan", *found, tools=["ToolSearch"]))
    assert "does not offer" in text(ask("demo:plan", tools=["Bash"]))


def test_todo_takes_the_tool_on_offer() -> None:
    assert len(call(ask("demo:todo", tools=["TodoWrite"])).input["todos"]) == 3
    assert call(ask("demo:todo", tools=["TaskCreate", "TaskUpdate"])).name == "TaskCreate"


def test_think_thinks_before_it_speaks() -> None:
    answer = ask("demo:think")
    assert isinstance(answer, Answer)
    assert [type(part) for part in answer.parts] == [Thinking, Text]


def test_agent_hands_its_task_on() -> None:
    assert call(ask("demo:agent demo:say hi")).input["prompt"] == "demo:say hi"


def test_any_tools_are_called_as_written_all_at_once() -> None:
    prompt = 'demo:call Read {"file_path": "/a"}\n  Bash {"command": "ls"}\n'
    answer = ask(prompt)
    assert isinstance(answer, Answer)
    calls = [part for part in answer.parts if isinstance(part, Call)]
    assert calls == [Call("Read", {"file_path": "/a"}), Call("Bash", {"command": "ls"})]
    assert "is done. It said" in text(ask(prompt, *used(calls[0], "one"), *used(calls[1], "two")))
    assert call(ask("demo:call CronList", tools=["ToolSearch"])).input["query"] == "select:CronList"
    for broken in ("demo:call", "demo:call Read {broken", "demo:call Read {}\nno tool"):
        assert "Write it like this" in text(ask(broken))


def test_recall_quotes_the_first_prompt() -> None:
    history: list[Json | str] = ["my name is Ada", {"role": "assistant", "content": "Hello"}]
    assert "my name is Ada" in text(ask(*history, "demo:recall"))


def test_fail_hang_and_cut_do_what_they_say() -> None:
    assert ask("demo:fail 529") == Refusal(529)
    assert isinstance(ask("demo:hang"), Silence)
    cut = ask("demo:cut 4")
    assert isinstance(cut, Answer)
    assert cut.is_cut
    assert cut.parts == (Text(("word0 ", "word1 ", "word2 ", "word3 ")),)


def test_anything_else_gets_a_friendly_answer() -> None:
    said = text(ask("What is this?\nReally demo:unknown"))
    assert "> What is this?" in said
    assert "demo model" in said
    assert "demo:run" in said


def test_a_side_request_gets_json_and_no_script() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    config = {"format": {"type": "json_schema", "schema": schema}}
    said = text(ask("<session>\ndemo:hang please\n</session>\nWrite it.", tools=[], output_config=config))
    assert json.loads(said) == {"title": "demo:hang please"}


def test_structured_output_is_called_once() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    tools = [{"name": "StructuredOutput", "input_schema": schema}, {"name": "Bash", "input_schema": {}}]
    body = {"model": "m", "tools": tools, "messages": [{"role": "user", "content": "demo:say hi"}]}
    first = call(reply(parse_request(json.dumps(body).encode())))
    assert first == Call("StructuredOutput", {"n": 1})
    body["messages"] = [{"role": "user", "content": "demo:say hi"}, *used(first, "ok")]
    assert text(reply(parse_request(json.dumps(body).encode()))) == "hi"
