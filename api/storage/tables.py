"""The tables, in words that SQLite and PostgreSQL both understand. Times are ISO 8601 UTC, as on the wire."""

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


class Words(TypeDecorator[str]):
    """Text from anyone: PostgreSQL refuses NUL, both drivers refuse half a surrogate pair, so neither gets that far."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its signature
        """Puts a replacement character where a database would fail."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only a plain INTEGER key

sessions = Table(
    "sessions",
    metadata,
    Column("id", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("model", Words),
    Column("permission_mode", Words, nullable=False),
    Column("effort", Words),
    Column("cwd", Words, nullable=False),
    Column("options", JSON, nullable=False),
    Column("transcript_id", Words, nullable=False),
    Column("created_at", Words, nullable=False),
    Column("updated_at", Words, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("num_turns", Integer, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("folded_title", Words, nullable=False),
    Index("sessions_newest", "owner", "updated_at", "id"),
)

turns = Table(
    "turns",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("id", Words, nullable=False, unique=True),
    Column("session_id", Words, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Words),
    Column("prompt", Words, nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("state", Words, nullable=False),
    Column("outcome", JSON),
    Column("created_at", Words, nullable=False),
    Column("started_at", Words),
    Column("finished_at", Words),
    Column("folded_prompt", Words, nullable=False),
    Index("turns_of_session", "session_id", "position"),
    Index("turns_by_state", "state"),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("project", Words, nullable=False),
    Column("session_id", Words, nullable=False),
    Column("subpath", Words, nullable=False),
    Column("uuid", Words),
    Column("entry", Words, nullable=False),
    Column("written_ms", BigInteger, nullable=False),
    UniqueConstraint("project", "session_id", "subpath", "uuid", name="transcripts_entry_once"),
    Index("transcripts_of_session", "session_id", "subpath", "position"),
)

answers = Table(
    "answers",
    metadata,
    Column("owner", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("body_hash", Words, nullable=False),
    Column("started_at", Words, nullable=False),
    Column("answer", LargeBinary),
)

trusted_folders = Table(
    "trusted_folders",
    metadata,
    Column("owner", Words, primary_key=True),
    Column("folder", Words, primary_key=True),
    Column("content_hash", Words, nullable=False),
    Column("accepted_at", Words, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("owner", Words, primary_key=True),
    Column("slot", Integer, nullable=False, unique=True),
)

leases = Table(
    "leases",
    metadata,
    Column("session_id", Words, primary_key=True),
    Column("token", BigInteger, nullable=False, unique=True),
    Column("replica", Words, nullable=False),
    Column("address", Words),
    Column("until_ms", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("requests", Integer, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Words, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("owner", Words, primary_key=True),
    Column("period", Words, primary_key=True),
    Column("turns", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
)
