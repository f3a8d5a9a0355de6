"""Going back in a conversation, in its files, or in both."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from api.claude import transcripts
from api.errors import FilesNotKeptError, MessageNotFoundError, SessionBusyError
from api.schema import SessionReset
from api.storage.transcripts import Entry
from runtime.clock import timestamp

if TYPE_CHECKING:
    from api.sessions.session import Session

log = structlog.get_logger(__name__)


async def rewind(session: "Session", to_message: str, *, files: bool, conversation: bool) -> None:
    """Goes back to before a user's message.

    Args:
        files: brings the files back to where they were.
        conversation: forgets that message and all that came after it.

    Raises:
        MessageNotFoundError: it is not a message of the user's.
        FilesNotKeptError: Claude Code does not know any more how the files were.
        SessionBusyError: the session runs a turn.
    """
    if session.runner.is_busy or session.runner.is_paused or session.seat.is_in_use:
        raise SessionBusyError
    with session.runner.paused():
        entries = await session.memory.transcript()
        line = await _line_of(session, to_message, transcripts.prompts(entries))
        kept = entries if line is None else transcripts.before(entries, line)
        if files and line is not None:
            await _rewind_files(session, line)
        if conversation:
            cutting = session.host.spawn(_cut(session, entries, kept, from_turn=to_message))
            try:
                await asyncio.shield(cutting)
            finally:  # whoever asked for it may go: it is not left half done, and nothing begins before it is over
                await asyncio.wait({cutting})
    session.rested()


async def _cut(session: "Session", entries: list[Entry], kept: list[Entry], *, from_turn: str) -> None:
    if closing := session.seat.park():
        await closing
    await session.memory.cut(entries, kept, from_turn=from_turn)
    own_files = await session.host.starter.files(session.row.owner)
    await own_files.rewrite(Path(session.row.cwd), session.row.transcript_id, kept)
    session.workshop.forget()
    await session.memory.claim_numbers()
    session.voice.say(SessionReset(new_session_id=session.id))
    await session.journal.renew()
    await session.voice.remember(updated_at=timestamp())


async def _line_of(session: "Session", to_message: str, prompts: set[str]) -> str | None:
    """The first line to forget; None when nothing after that message is in the transcript."""
    if to_message in prompts:
        return to_message
    # What failed before it was sent, and a shell command, has no line of its own.
    turns = [turn.id for turn in await session.memory.turns()]
    if to_message not in turns:
        raise MessageNotFoundError
    return next((turn for turn in turns[turns.index(to_message) :] if turn in prompts), None)


async def _rewind_files(session: "Session", to_message: str) -> None:
    with session.seat.asked():
        cli = await session.seat.connected()
        try:
            await cli.rewind_files(to_message)
        except Exception as error:  # the SDK raises plain ones
            log.warning("files_not_rewound", session=session.id, error=str(error))
            raise FilesNotKeptError from error
