"""The commands that read, write and edit a file."""

from demo.answer import Call, Reply, say
from demo.conversation import Conversation
from demo.steps import then, wants_reading


def read(conversation: Conversation, argument: str) -> Reply:
    """`demo:read PATH`"""
    path = conversation.absolute(argument.partition("\n")[0].strip())
    return then(conversation, [Call("Read", {"file_path": path})], "The reading", quotes=True)


def write(conversation: Conversation, argument: str) -> Reply:
    """`demo:write PATH TEXT`, where TEXT goes on to the end of the prompt."""
    name, _, text = argument.partition(" ")
    path = conversation.absolute(name.strip())
    calls = [Call("Write", {"file_path": path, "content": text})]
    if any(wants_reading(step) for step in conversation.steps):
        calls = [*calls, Call("Read", {"file_path": path}), *calls]
    return then(conversation, calls, f"Writing {name.strip()}")


def edit(conversation: Conversation, argument: str) -> Reply:
    """`demo:edit PATH OLD => NEW`"""
    name, _, change = argument.partition("\n")[0].partition(" ")
    old, arrow, new = change.partition(" => ")
    if not arrow:
        return say("Write it like this: `demo:edit PATH OLD => NEW`")
    path = conversation.absolute(name)
    calls = [Call("Edit", {"file_path": path, "old_string": old, "new_string": new})]
    if any(step.call.name == "Read" for step in conversation.steps) or not conversation.knows_file(path):
        calls.insert(0, Call("Read", {"file_path": path}))
    return then(conversation, calls, f"Editing {name}")
