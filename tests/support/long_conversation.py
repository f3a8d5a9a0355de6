"""Writes long conversations directly into the storage of a stopped api."""

from pathlib import Path
from typing import Any

import claude_agent_sdk as sdk

from api.storage import Storage, TurnRow
from tests.support.api import Api

OUTCOME = {"stopReason": "end_turn", "isError": False, "numTurns": 1, "durationMs": 1, "costUsd": 0, "usage": {}}


async def fill(api: Api, session_id: str, folder: Path, *, turns: int) -> None:
    """Adds that many finished turns to a session, with the transcript lines that Claude Code writes for them."""
    key = {"project_key": sdk.project_key_for_directory(str(folder)), "session_id": session_id}
    lines: list[dict[str, Any]] = []
    async with Storage(f"sqlite+aiosqlite:///{api.data / 'agent' / 'sessions.db'}") as storage:
        for number in range(turns):
            minute, second = divmod(number, 60)
            at = f"2026-01-01T{minute // 60:02}:{minute % 60:02}:{second:02}"
            turn = f"{session_id[:8]}-0000-4000-8000-{number:012}"
            lines.append(
                {"type": "user", "uuid": turn, "timestamp": f"{at}.100Z", "message": {"content": f"question {number}"}}
            )
            lines += [{"type": "attachment", "uuid": f"{turn}-{part}", "text": "x" * 800} for part in range(3)]
            body = {"id": f"answer-{number}", "content": [{"type": "text", "text": "word " * 200}]}
            lines.append({"type": "assistant", "uuid": f"{turn}-a", "timestamp": f"{at}.200Z", "message": body})
            await storage.turns.add(
                TurnRow(
                    id=turn,
                    session_id=session_id,
                    prompt=f"question {number}",
                    state="finished",
                    outcome=OUTCOME,
                    created_at=f"{at}.000Z",
                    started_at=f"{at}.050Z",
                    finished_at=f"{at}.300Z",
                )
            )
        await storage.transcripts.append(key, lines)
        await storage.sessions.change(session_id, num_turns=turns)
