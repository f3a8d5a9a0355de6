"""Makes tool calls one after another and ends with a closing sentence."""

from demo.answer import Answer, Call, Reply, Text, say
from demo.conversation import Conversation, Step
from demo.texts import fenced

MAX_QUOTE = 2_000


def run_calls(conversation: Conversation, calls: list[Call], *, quotes: bool = False) -> Reply:
    """Returns the next of `calls`, or the closing sentence after the last or a failed one.

    Args:
        quotes: whether the sentence also quotes the output of a successful call.
    """
    done = finished(conversation)
    if done and (len(done) >= len(calls) or (done[-1].is_error and not requires_reading(done[-1]))):
        return say(closing(done[-1], quotes=quotes))
    call = calls[len(done)]
    if conversation.offers(call.name):
        return Answer((Text.of(announce(call)), call))
    return search_tool(conversation, call)


def announce(*calls: Call) -> str:
    """Returns the sentence before tool calls."""
    return f"Running {', '.join(call.name for call in calls)}."


def finished(conversation: Conversation) -> list[Step]:
    """Returns the calls that a script made since the prompt, with their results."""
    return [step for step in conversation.steps if step.call.name not in ("ToolSearch", "StructuredOutput")]


def closing(step: Step, *, quotes: bool) -> str:
    """Returns the sentence that reports the result of a call."""
    verdict = f"{step.call.name} failed." if step.is_error else "Done."
    if not quotes and not step.is_error:
        return verdict
    output = step.output.strip()
    shown = output[:MAX_QUOTE] + ("…" if len(output) > MAX_QUOTE else "")
    return f"{verdict} Output:\n\n{fenced(shown or '(empty)')}"


def requires_reading(step: Step) -> bool:
    """Whether Claude Code refused a change because the file was not read first."""
    return step.is_error and "read it first" in step.output.lower()


def search_tool(conversation: Conversation, call: Call) -> Reply:
    """Returns a search for the tool, because Claude Code describes some tools only after a search."""
    search = Call("ToolSearch", {"query": f"select:{call.name}", "max_results": 5})
    if conversation.offers(search.name) and all(step.call.input != search.input for step in conversation.steps):
        return Answer((search,))
    return say(f"This client does not offer the tool {call.name}.")
