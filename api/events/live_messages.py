"""What a running turn has said so far: Claude Code hands over its transcript late, and a person decides before."""

import msgspec

from api.events.log import EventLog
from api.schema import Event, Message, MessageAdded, ToolFinished, ToolResultBlock


def with_live_messages(found: list[Message], log: EventLog, turn_id: str) -> list[Message]:
    """The conversation, continued by the whole messages and the tools' outputs of that turn."""
    known = {message.id: message for message in found}
    for event in _events(log, turn_id):
        match event:
            case MessageAdded(message=message) if message.id != turn_id:
                known[message.id] = msgspec.structs.replace(message, created_at=message.created_at or event.at)
            case ToolFinished(tool_use_id=call):
                result = ToolResultBlock(tool_use_id=call, content=event.content, is_error=event.is_error)
                known[f"{call}-result"] = Message(id=f"{call}-result", role="user", content=(result,))
    return list(known.values())


def _events(log: EventLog, turn_id: str) -> list[Event]:
    reader = log.reader(log.history_end)
    try:
        entries = log.read(reader)
    finally:
        log.leave(reader)
    wanted = [entry for entry in entries if entry.turn_id == turn_id and entry.kind in ("message", "tool_finished")]
    return [msgspec.json.decode(entry.frame.partition(b"\ndata: ")[2], type=Event) for entry in wanted]
