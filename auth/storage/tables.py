"""The door's tables. Times are seconds since 1970."""

from sqlalchemy import ARRAY, JSON, BigInteger, Column, Double, Integer, MetaData, String, Table

from auth.login.addresses import LONGEST

HASH = String(64)
"""A SHA-256 in hex: what is stored of every secret."""

metadata = MetaData()

links = Table(
    "door_links",
    metadata,
    Column("id", HASH, primary_key=True),
    Column("address", String(LONGEST), nullable=False, index=True),
    Column("nonce", HASH, nullable=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double, nullable=True),
)
"""Sign-in links."""

logins = Table(
    "door_logins",
    metadata,
    Column("id", HASH, primary_key=True),
    Column("name", String(36), nullable=False, unique=True),
    Column("address", String(LONGEST), nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("ip", String(64), nullable=False),
    Column("browser", String(100), nullable=False),
)
"""Login sessions; `name` is what their owner calls one by, it opens nothing."""

browsers = Table(
    "door_browsers",
    metadata,
    Column("address", String(LONGEST), primary_key=True),
    Column("browser", HASH, primary_key=True),
    Column("seen_at", Double, nullable=False),
)
"""Browsers that an address has signed in with."""

limits = Table(
    "door_limits",
    metadata,
    Column("rule", String(32), primary_key=True),
    Column("who", HASH, primary_key=True),
    Column("times", ARRAY(Double).with_variant(JSON(), "sqlite"), nullable=False),
    Column("ends_at", Double, nullable=False, index=True),
)
"""What doors that share a database count together: when each thing was done that still counts."""

audit = Table(
    "door_audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("ip", String(64), nullable=False),
    Column("address", String(LONGEST), nullable=True),
    Column("more", JSON, nullable=False),
)
"""The lines of audit.jsonl of every door that shares the database."""

secrets = Table(
    "door_secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("secret", String(64), nullable=False),
)
"""The session secret where none is set: doors that share a database must agree on it."""
