"""Tool calls of any kind, just as the prompt writes them."""

import json
import re

from demo.answer import Answer, Call, Reply, Text, say
from demo.conversation import Conversation
from demo.steps import closing, finished, look_up

_LINE = re.compile(r"^(\S+)[ \t]*(\{.*)?$")
_USAGE = 'Write it like this, a line for each call: `demo:call TOOL {"name": "value"}`'


def call(conversation: Conversation, argument: str) -> Reply:
    """`demo:call TOOL INPUT`; more of `TOOL INPUT` may follow, a line each: all of them are called at once."""
    try:
        calls = [_read(line.strip()) for line in argument.splitlines() if line.strip()]
    except ValueError:
        calls = []
    if not calls:
        return say(_USAGE)
    if done := finished(conversation):
        return say(closing("The call" if len(calls) == 1 else "The last call", done[-1], quotes=True))
    for wanted in calls:
        if not conversation.offers(wanted.name):
            return look_up(conversation, wanted)
    return Answer((Text.of(f"I call {', '.join(wanted.name for wanted in calls)}."), *calls))


def _read(line: str) -> Call:
    found = _LINE.match(line)
    given = json.loads(found[2] or "{}") if found else None
    if found is None or not isinstance(given, dict):
        raise ValueError(line)
    return Call(found[1], given)
