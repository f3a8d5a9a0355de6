"""Calls of any tool, exactly as the prompt writes them."""

import json
import re

from demo.answer import Answer, Call, Reply, Text, say
from demo.conversation import Conversation
from demo.steps import announce, closing, finished, search_tool

_LINE = re.compile(r"^(\S+)[ \t]*(\{.*)?$")
_USAGE = 'Usage, with one line for each call: `demo:call TOOL {"name": "value"}`'


def call(conversation: Conversation, argument: str) -> Reply:
    """`demo:call TOOL INPUT`; further lines of `TOOL INPUT` add calls, which are all made at once."""
    try:
        calls = [_read(line.strip()) for line in argument.splitlines() if line.strip()]
    except ValueError:
        calls = []
    if not calls:
        return say(_USAGE)
    if done := finished(conversation):
        return say(closing(done[-1], quotes=True))
    for each in calls:
        if not conversation.offers(each.name):
            return search_tool(conversation, each)
    return Answer((Text.of(announce(*calls)), *calls))


def _read(line: str) -> Call:
    found = _LINE.match(line)
    given = json.loads(found[2] or "{}") if found else None
    if found is None or not isinstance(given, dict):
        raise ValueError(line)
    return Call(found[1], given)
