"""The table of commands that a prompt can contain, and the reply to each."""

import re
from collections.abc import Callable

from demo.answer import Answer, Call, Refusal, Reply, Silence, Text, Thinking, say
from demo.calls import call
from demo.conversation import Conversation
from demo.files import edit, read, write
from demo.steps import run_calls
from demo.texts import MARKDOWN, PLAN, TODO, friendly

Script = Callable[[Conversation, str], Reply]
"""Takes the conversation and the text after the command in the prompt."""

_COMMAND = re.compile(r"demo:([a-z]+)[ \t]*")
DEFAULT_PACE_MS = 15


def reply_to(conversation: Conversation) -> Reply:
    """Returns the reply to the first command in the prompt."""
    prompt = conversation.prompt
    for found in _COMMAND.finditer(prompt):
        if script := SCRIPTS.get(found[1]):
            return script(conversation, prompt[found.end() :])
    return say(friendly(prompt))


def _line(argument: str) -> str:
    return argument.partition("\n")[0].strip()


def _number(words: list[str], at: int, default: int) -> int:
    return int(words[at]) if len(words) > at and words[at].isascii() and words[at].isdigit() else default


def _say(_: Conversation, argument: str) -> Reply:
    return say(argument)


def _stream(_: Conversation, argument: str) -> Reply:
    words = argument.split()
    pace = _number(words, 1, DEFAULT_PACE_MS)
    return Answer((_counted(_number(words, 0, 50)),), delay=pace / 1000)


def _counted(count: int) -> Text:
    return Text(tuple(f"word{n} " for n in range(count)))


def _run(conversation: Conversation, argument: str) -> Reply:
    command = _line(argument)
    call = Call("Bash", {"command": command, "description": "Run the command from the prompt"})
    return run_calls(conversation, [call], quotes=True)


def _ask(conversation: Conversation, argument: str) -> Reply:
    colour = {
        "question": "Which colour do you like best?",
        "header": "Colour",
        "multiSelect": False,
        "options": [
            {"label": "Red", "description": "Warm and loud"},
            {"label": "Green", "description": "Calm and fresh"},
            {"label": "Blue", "description": "Cool and deep"},
        ],
    }
    fruit = {
        "question": "Which fruits should I buy?",
        "header": "Fruits",
        "multiSelect": True,
        "options": [
            {"label": "Apples", "description": "Keep for weeks"},
            {"label": "Pears", "description": "Ripe today"},
            {"label": "Cherries", "description": "In season"},
        ],
    }
    questions = [colour, fruit] if _line(argument) == "multi" else [colour]
    return run_calls(conversation, [Call("AskUserQuestion", {"questions": questions})], quotes=True)


def _plan(conversation: Conversation, _: str) -> Reply:
    done = [step.call.name for step in conversation.steps if step.call.name != "ToolSearch"]
    must_enter = "EnterPlanMode" in done if done else not conversation.is_planning
    calls = [Call("EnterPlanMode", {})] if must_enter else []
    if path := conversation.plan_file:
        calls.append(Call("Write", {"file_path": path, "content": PLAN}))
    return run_calls(conversation, [*calls, Call("ExitPlanMode", {"plan": PLAN})])


def _todo(conversation: Conversation, _: str) -> Reply:
    if conversation.offers("TodoWrite"):
        states = ("completed", "in_progress", "pending")
        todos = [{"content": t, "activeForm": t, "status": s} for t, s in zip(TODO, states, strict=True)]
        return run_calls(conversation, [Call("TodoWrite", {"todos": todos})])
    calls = [Call("TaskCreate", {"subject": text, "description": text, "activeForm": text}) for text in TODO]
    calls += [Call("TaskUpdate", {"taskId": "1", "status": "completed"})]
    calls += [Call("TaskUpdate", {"taskId": "2", "status": "in_progress"})]
    return run_calls(conversation, calls)


def _think(_: Conversation, argument: str) -> Reply:
    thought = "The prompt asks for thinking, so here is some: 6 times 7 is 42."
    return Answer((Thinking(thought), Text.of(_line(argument) or "The answer is 42.")))


def _agent(conversation: Conversation, argument: str) -> Reply:
    task = argument.strip() or "demo:run echo Greetings from the subagent"
    given = {"description": "Demo subagent", "prompt": task, "subagent_type": "general-purpose"}
    return run_calls(conversation, [Call("Agent", {**given, "run_in_background": False})], quotes=True)


def _recall(conversation: Conversation, _: str) -> Reply:
    return say(f"Your first prompt was: {conversation.first_prompt}")


def _fail(_: Conversation, argument: str) -> Reply:
    return Refusal(_number(argument.split(), 0, 500))


def _cut(_: Conversation, argument: str) -> Reply:
    return Answer((_counted(_number(argument.split(), 0, 5)),), is_cut=True)


SCRIPTS: dict[str, Script] = {
    "say": _say,
    "stream": _stream,
    "markdown": lambda _conversation, _argument: say(MARKDOWN),
    "run": _run,
    "write": write,
    "edit": edit,
    "read": read,
    "call": call,
    "ask": _ask,
    "plan": _plan,
    "todo": _todo,
    "think": _think,
    "agent": _agent,
    "recall": _recall,
    "fail": _fail,
    "cut": _cut,
    "hang": lambda _conversation, _argument: Silence(),
}
