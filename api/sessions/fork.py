"""Copies a session's conversation into a new session."""

import dataclasses
import uuid

import msgspec

from api.claude import transcripts
from api.files.workspace import LOCAL
from api.storage import SessionRow, Storage
from api.storage.session_store import GENERATION_SIZE, SessionStore
from runtime.clock import timestamp

MAX_FORK_TITLE = 200


async def copy_conversation(
    store: SessionStore, storage: Storage, *, user: str, after_message: str | None = None
) -> SessionRow:
    """Copies the transcript, up to and including a message, and returns the row of the new session.

    Raises:
        MessageNotFoundError: there is no such message.
    """
    entries = await store.transcript()
    if after_message is not None:
        entries = transcripts.up_to(entries, after_message)
    new = str(uuid.uuid4())
    row = dataclasses.replace(
        store.row,
        id=new,
        transcript_id=new,
        owner=user if user != LOCAL else store.row.owner,
        title=f"{store.row.title} (fork)"[:MAX_FORK_TITLE],
        created_at=timestamp(),
        updated_at=timestamp(),
        cost_usd=0.0,
        last_seq=GENERATION_SIZE,
        options=msgspec.to_builtins(msgspec.structs.replace(store.options, past_transcripts=())),
    )
    key = store.transcript_key()
    for subpath in ("", *await storage.transcripts.list_subkeys(key)):
        lines = await storage.transcripts.load({**key, "subpath": subpath}) or [] if subpath else entries
        await storage.transcripts.append(
            {**store.transcript_key(new), "subpath": subpath}, transcripts.renamed(lines, new)
        )
    return row


async def copy_new_commands(store: SessionStore, storage: Storage, new: str) -> None:
    """Copies the shell commands that Claude has not been notified of."""
    for turn in await store.new_shell_commands():
        await storage.turns.add(dataclasses.replace(turn, id=str(uuid.uuid4()), session_id=new))
