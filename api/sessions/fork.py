"""A new session that shares the past of another."""

import dataclasses
import uuid

import msgspec

from api.claude import transcripts
from api.errors import SessionBusyError
from api.events.log import GENERATION
from api.files.workspace import LOCAL
from api.sessions.session import Session
from api.storage import SessionRow, Storage
from runtime.clock import timestamp

LONGEST_TITLE = 200


async def fork_session(
    session: Session, storage: Storage, *, user: str, after_message: str | None = None
) -> SessionRow:
    """The row of a session whose conversation is a copy of this one's, up to and with a message.

    Raises:
        MessageNotFoundError: no such message.
        SessionBusyError: the session runs a turn.
    """
    if session.runner.is_busy or session.runner.is_paused:
        raise SessionBusyError
    memory = session.memory
    entries = await memory.transcript()
    if after_message is not None:
        entries = transcripts.up_to(entries, after_message)
    new = str(uuid.uuid4())
    row = dataclasses.replace(
        session.row,
        id=new,
        transcript_id=new,
        owner=user if user != LOCAL else session.row.owner,
        title=f"{session.row.title} (fork)"[:LONGEST_TITLE],
        created_at=timestamp(),
        updated_at=timestamp(),
        cost_usd=0.0,
        last_seq=GENERATION,
        options=msgspec.to_builtins(msgspec.structs.replace(memory.kept, past_transcripts=())),
    )
    key = memory.transcript_key()
    for subpath in ("", *await storage.transcripts.list_subkeys(key)):
        lines = await storage.transcripts.load({**key, "subpath": subpath}) or [] if subpath else entries
        place = {**memory.transcript_key(new), "subpath": subpath}
        await storage.transcripts.append(place, transcripts.renamed(lines, new))
    return row


async def copy_commands(session: Session, storage: Storage, new: str) -> None:
    """Gives the copy what shell commands have printed since Claude was last told of any."""
    for turn in await session.memory.untold_commands():
        await storage.turns.add(dataclasses.replace(turn, id=str(uuid.uuid4()), session_id=new))
