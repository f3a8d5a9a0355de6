"""The first tables. Databases from before migrations existed have them, some without the newest columns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateColumn

revision = "0001"
down_revision = None

metadata = sa.MetaData()
_serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")

sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("model", sa.Text),
    sa.Column("permission_mode", sa.Text, nullable=False),
    sa.Column("effort", sa.Text),
    sa.Column("cwd", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("transcript_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Text, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    sa.Column("num_turns", sa.Integer, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("folded_title", sa.Text, nullable=False),
    sa.Index("sessions_newest", "owner", "updated_at", "id"),
)
sa.Table(
    "turns",
    metadata,
    sa.Column("position", _serial, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("session_id", sa.Text, sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("attachments", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("outcome", sa.JSON),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text),
    sa.Column("finished_at", sa.Text),
    sa.Column("folded_prompt", sa.Text, nullable=False),
    sa.Index("turns_of_session", "session_id", "position"),
    sa.Index("turns_by_state", "state"),
)
sa.Table(
    "transcripts",
    metadata,
    sa.Column("position", _serial, primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("subpath", sa.Text, nullable=False),
    sa.Column("uuid", sa.Text),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("written_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("project", "session_id", "subpath", "uuid", name="transcripts_entry_once"),
    sa.Index("transcripts_of_session", "session_id", "subpath", "position"),
)
sa.Table(
    "answers",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("answer", sa.LargeBinary),
)
sa.Table(
    "trusted_folders",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("folder", sa.Text, primary_key=True),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("accepted_at", sa.Text, nullable=False),
)
sa.Table(
    "people",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("slot", sa.Integer, nullable=False, unique=True),
)


def upgrade() -> None:
    """Creates the missing tables and columns."""
    connection = op.get_bind()
    metadata.create_all(connection)
    known = sa.inspect(connection)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in known.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
