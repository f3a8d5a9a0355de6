"""Creates the tables that replicas share: rate limits, audit lines and the session secret."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the three tables."""
    op.create_table(
        "door_limits",
        sa.Column("rule", sa.String(32), primary_key=True),
        sa.Column("who", sa.String(64), primary_key=True),
        sa.Column("times", sa.ARRAY(sa.Double).with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("ends_at", sa.Double, nullable=False, index=True),
    )
    op.create_table(
        "door_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("at", sa.Double, nullable=False, index=True),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("ip", sa.String(64), nullable=False),
        sa.Column("address", sa.String(254), nullable=True),
        sa.Column("more", sa.JSON, nullable=False),
    )
    op.create_table(
        "door_secrets",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("secret", sa.String(64), nullable=False),
    )
