"""The leases of replicas on sessions, and the secrets that all replicas share."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "leases",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False, unique=True),
        sa.Column("replica", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
