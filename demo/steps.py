"""Tool calls one after another, then a closing sentence."""

from demo.answer import Answer, Call, Reply, Text, say
from demo.conversation import Conversation, Step
from demo.texts import fenced

MAX_QUOTE = 2_000


def then(conversation: Conversation, calls: list[Call], subject: str, *, quotes: bool = False) -> Reply:
    """The next of `calls`; after the last, or a failed one, the closing sentence.

    Args:
        subject: begins the closing sentence, such as `The command`.
        quotes: whether the sentence quotes the last output even when all went well.
    """
    done = finished(conversation)
    if done and (len(done) >= len(calls) or (done[-1].is_error and not wants_reading(done[-1]))):
        return say(closing(subject, done[-1], quotes=quotes))
    call = calls[len(done)]
    if conversation.offers(call.name):
        return Answer((Text.of(f"I call {call.name}."), call))
    return look_up(conversation, call)


def finished(conversation: Conversation) -> list[Step]:
    """The calls that a script made since the prompt, with their results."""
    return [step for step in conversation.steps if step.call.name not in ("ToolSearch", "StructuredOutput")]


def closing(subject: str, step: Step, *, quotes: bool) -> str:
    """The sentence that tells how the call went."""
    verdict = "failed" if step.is_error else "is done"
    if not quotes and not step.is_error:
        return f"{subject} {verdict}."
    output = step.output.strip()
    shown = output[:MAX_QUOTE] + ("…" if len(output) > MAX_QUOTE else "")
    return f"{subject} {verdict}. It said:\n\n{fenced(shown or '(nothing)')}"


def wants_reading(step: Step) -> bool:
    """Whether Claude Code refused a change because it has not seen the file."""
    return step.is_error and "read it first" in step.output.lower()


def look_up(conversation: Conversation, call: Call) -> Reply:
    """Asks for a tool: Claude Code describes some only after a search for them."""
    search = Call("ToolSearch", {"query": f"select:{call.name}", "max_results": 5})
    if conversation.offers(search.name) and all(step.call.input != search.input for step in conversation.steps):
        return Answer((search,))
    return say(f"I would call {call.name} now, but this client does not offer it.")
