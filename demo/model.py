"""Chooses the demo model's reply to a request."""

import re
from dataclasses import replace

import msgspec

from demo.answer import Answer, Call, Reply, Text, say
from demo.conversation import Conversation
from demo.example import example
from demo.request import MessagesRequest
from demo.scripts import reply_to

STRUCTURED_OUTPUT = "StructuredOutput"


def reply(request: MessagesRequest) -> Reply:
    """Returns the reply to this request."""
    conversation = Conversation(request)
    if request.output_config and request.output_config.format:
        value = example(request.output_config.format.schema, _title(conversation.prompt))
        return say(msgspec.json.encode(value).decode())
    if request.tool_choice and request.tool_choice.type == "tool":
        return Answer((_filled(request, request.tool_choice.name, conversation.prompt),))
    if "<analysis>" in conversation.prompt and "<summary>" in conversation.prompt:  # the request of /compact
        return say(_summary(conversation))
    answer = reply_to(conversation)
    return _structured(conversation, answer) if isinstance(answer, Answer) else answer


def _structured(conversation: Conversation, answer: Answer) -> Answer:
    """Appends a call of StructuredOutput to the answer if the client still needs one."""
    given = any(step.call.name == STRUCTURED_OUTPUT and not step.is_error for step in conversation.steps)
    if given or answer.stop_reason == "tool_use" or not conversation.offers(STRUCTURED_OUTPUT):
        return answer
    text = "".join("".join(part.pieces) for part in answer.parts if isinstance(part, Text))
    call = _filled(conversation.request, STRUCTURED_OUTPUT, text)
    return replace(answer, parts=(*answer.parts, call))


def _filled(request: MessagesRequest, tool: str, text: str) -> Call:
    schema = next((offered.input_schema for offered in request.tools if offered.name == tool), {})
    return Call(tool, example(schema, text))


def _summary(conversation: Conversation) -> str:
    return f"<summary>\nThe conversation began with: {conversation.first_prompt}\n</summary>"


def _title(prompt: str) -> str:
    """Returns a title from the first words of the session that a title request quotes."""
    quoted = re.search(r"<session>\s*(.*?)\s*</session>", prompt, re.DOTALL)
    words = (quoted[1] if quoted else prompt).split()
    return " ".join(words[:6])[:60] or "Demo"
