"""The commands that read, write and edit files."""

from demo.answer import Call, Reply, say
from demo.conversation import Conversation
from demo.steps import requires_reading, run_calls


def read(conversation: Conversation, argument: str) -> Reply:
    """`demo:read PATH`"""
    path = conversation.absolute(argument.partition("\n")[0].strip())
    return run_calls(conversation, [Call("Read", {"file_path": path})], quotes=True)


def write(conversation: Conversation, argument: str) -> Reply:
    """`demo:write PATH TEXT`, where TEXT extends to the end of the prompt."""
    name, _, text = argument.partition(" ")
    path = conversation.absolute(name.strip())
    calls = [Call("Write", {"file_path": path, "content": text})]
    if any(requires_reading(step) for step in conversation.steps):
        calls = [*calls, Call("Read", {"file_path": path}), *calls]
    return run_calls(conversation, calls)


def edit(conversation: Conversation, argument: str) -> Reply:
    """`demo:edit PATH OLD => NEW`"""
    name, _, change = argument.partition("\n")[0].partition(" ")
    old, arrow, new = change.partition(" => ")
    if not arrow:
        return say("Usage: `demo:edit PATH OLD => NEW`")
    path = conversation.absolute(name)
    calls = [Call("Edit", {"file_path": path, "old_string": old, "new_string": new})]
    if any(step.call.name == "Read" for step in conversation.steps) or not conversation.knows_file(path):
        calls.insert(0, Call("Read", {"file_path": path}))
    return run_calls(conversation, calls)
