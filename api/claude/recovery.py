"""What a crash left behind: turns that ran get their end, prompts that waited run."""

import msgspec

from api.claude.turn import Turn
from api.schema import Attachment, TurnFinished, Usage
from api.storage import SessionRow, Storage, TurnRow

SENTENCE = "The server was restarted during this turn. Your next prompt goes on from here."
CODE = "interrupted_by_restart"


async def recover(storage: Storage) -> list[tuple[SessionRow, Turn]]:
    """Ends the turns that ran, and gives those that waited, in order, with their sessions."""
    waiting: list[tuple[SessionRow, Turn]] = []
    for turn in await storage.turns.unfinished():
        row = await storage.sessions.get(turn.session_id)
        if row is None:
            continue
        if turn.state == "running":
            await storage.turns.finish(turn.id, msgspec.to_builtins(_end()))
            await storage.sessions.change(row.id, num_turns=row.num_turns + 1)
        elif row.options.get("origin") == "query":
            await storage.turns.withdraw(turn.id)  # whoever asked has gone
        else:
            waiting.append((row, _turn(turn)))
    return waiting


def _end() -> TurnFinished:
    return TurnFinished(
        stop_reason="error",
        is_error=True,
        num_turns=0,
        duration_ms=0,
        cost_usd=0.0,
        usage=Usage(),
        error=SENTENCE,
        code=CODE,
    )


def _turn(row: TurnRow) -> Turn:
    attachments = msgspec.convert(list(row.attachments), tuple[Attachment, ...])
    return Turn(id=row.id, prompt=row.prompt, attachments=attachments)
