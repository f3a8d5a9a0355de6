"""Creates the first tables, unless they exist: databases older than the migrations have them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

metadata = sa.MetaData()

sa.Table(
    "door_links",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("address", sa.String(254), nullable=False, index=True),
    sa.Column("nonce", sa.String(64), nullable=True),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Column("used_at", sa.Double, nullable=True),
)
sa.Table(
    "door_logins",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(36), nullable=False, unique=True),
    sa.Column("address", sa.String(254), nullable=False, index=True),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double, nullable=True),
    sa.Column("ip", sa.String(64), nullable=False),
    sa.Column("browser", sa.String(100), nullable=False),
)
sa.Table(
    "door_browsers",
    metadata,
    sa.Column("address", sa.String(254), primary_key=True),
    sa.Column("browser", sa.String(64), primary_key=True),
    sa.Column("seen_at", sa.Double, nullable=False),
)


def upgrade() -> None:
    """Creates the missing tables."""
    metadata.create_all(op.get_bind())
