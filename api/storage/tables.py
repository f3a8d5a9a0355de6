"""The tables, for SQLite and PostgreSQL. Times are ISO 8601 UTC, as in the API."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

metadata = MetaData()


class StorableText(TypeDecorator[str]):
    """Any text, made storable: PostgreSQL refuses NUL, and both drivers refuse unpaired surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        """Replaces the characters that cannot be stored."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite increments only a key of type INTEGER

sessions = Table(
    "sessions",
    metadata,
    Column("id", StorableText, primary_key=True),
    Column("owner", StorableText, nullable=False),
    Column("title", StorableText, nullable=False),
    Column("model", StorableText),
    Column("permission_mode", StorableText, nullable=False),
    Column("effort", StorableText),
    Column("cwd", StorableText, nullable=False),
    Column("options", JSON, nullable=False),
    Column("transcript_id", StorableText, nullable=False),
    Column("created_at", StorableText, nullable=False),
    Column("updated_at", StorableText, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("num_turns", Integer, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("folded_title", StorableText, nullable=False),
    Index("sessions_newest", "owner", "updated_at", "id"),
)

turns = Table(
    "turns",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("id", StorableText, nullable=False, unique=True),
    Column("session_id", StorableText, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("kind", StorableText),
    Column("prompt", StorableText, nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("state", StorableText, nullable=False),
    Column("outcome", JSON),
    Column("created_at", StorableText, nullable=False),
    Column("started_at", StorableText),
    Column("finished_at", StorableText),
    Column("folded_prompt", StorableText, nullable=False),
    Index("turns_of_session", "session_id", "position"),
    Index("turns_by_state", "state"),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("project", StorableText, nullable=False),
    Column("session_id", StorableText, nullable=False),
    Column("subpath", StorableText, nullable=False),
    Column("uuid", StorableText),
    Column("entry", StorableText, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    UniqueConstraint("project", "session_id", "subpath", "uuid", name="transcripts_entry_once"),
    Index("transcripts_of_session", "session_id", "subpath", "position"),
)

answers = Table(
    "answers",
    metadata,
    Column("owner", StorableText, primary_key=True),
    Column("key", StorableText, primary_key=True),
    Column("body_hash", StorableText, nullable=False),
    Column("started_at", StorableText, nullable=False),
    Column("answer", LargeBinary),
)

trusted_folders = Table(
    "trusted_folders",
    metadata,
    Column("owner", StorableText, primary_key=True),
    Column("folder", StorableText, primary_key=True),
    Column("content_hash", StorableText, nullable=False),
    Column("accepted_at", StorableText, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("owner", StorableText, primary_key=True),
    Column("slot", Integer, nullable=False, unique=True),
)

leases = Table(
    "leases",
    metadata,
    Column("session_id", StorableText, primary_key=True),
    Column("token", BigInteger, nullable=False, unique=True),
    Column("replica", StorableText, nullable=False),
    Column("address", StorableText),
    Column("until_ms", BigInteger, nullable=False),
    Column("state", StorableText, nullable=False),
    Column("requests", Integer, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", StorableText, primary_key=True),
    Column("value", StorableText, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("owner", StorableText, primary_key=True),
    Column("period", StorableText, primary_key=True),
    Column("turns", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
)
