"""Recovers a session after a crash: ends the turns that were running, and finds those that are queued."""

import msgspec

from api.schema import Attachment, TurnFinished, Usage
from api.storage import SessionRow, Storage, TurnRow
from api.turns.turn import Turn

MESSAGE = "The server was restarted during this turn. Your next prompt continues from here."
CODE = "interrupted_by_restart"


async def recover(storage: Storage, session_id: str) -> tuple[SessionRow | None, list[Turn]]:
    """Ends the turns that were running. Returns the session's row, or None if it was deleted, and the queued turns."""
    row = await storage.sessions.get(session_id)
    if row is None:
        return None, []
    waiting: list[Turn] = []
    for turn in await storage.turns.of_session(row.id, "queued", "running"):
        if turn.state == "running":
            if await storage.turns.finish(turn.id, msgspec.to_builtins(_end())):
                await storage.sessions.change(row.id, num_turns=row.num_turns + 1)
        elif row.options.get("origin") == "query":
            await storage.turns.withdraw(turn.id)  # its caller has disconnected
        else:
            waiting.append(_turn(turn))
    return await storage.sessions.get(session_id), waiting


def _end() -> TurnFinished:
    return TurnFinished(
        stop_reason="error",
        is_error=True,
        num_turns=0,
        duration_ms=0,
        cost_usd=0.0,
        usage=Usage(),
        error=MESSAGE,
        code=CODE,
    )


def _turn(row: TurnRow) -> Turn:
    attachments = msgspec.convert(list(row.attachments), tuple[Attachment, ...])
    return Turn(id=row.id, prompt=row.prompt, kind=row.kind or "prompt", attachments=attachments)
