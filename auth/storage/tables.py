"""The gateway's tables. Their prefix `door_` is that of the first release. Times are seconds since 1970."""

from sqlalchemy import ARRAY, JSON, BigInteger, Column, Double, Integer, MetaData, String, Table

HASH = String(64)
"""The SHA-256 of a secret, in hex; the secret itself is not stored."""
ADDRESS = String(254)
"""An email address."""

metadata = MetaData()

links = Table(
    "door_links",
    metadata,
    Column("id", HASH, primary_key=True),
    Column("address", ADDRESS, nullable=False, index=True),
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
    Column("address", ADDRESS, nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("ended_at", Double, nullable=True),
    Column("ip", String(64), nullable=False),
    Column("browser", String(100), nullable=False),
)
"""Logins; `name` identifies one in the user's list of logins and grants no access."""

browsers = Table(
    "door_browsers",
    metadata,
    Column("address", ADDRESS, primary_key=True),
    Column("browser", HASH, primary_key=True),
    Column("seen_at", Double, nullable=False),
)
"""The browsers with which an address has signed in."""

limits = Table(
    "door_limits",
    metadata,
    Column("rule", String(32), primary_key=True),
    Column("who", HASH, primary_key=True),
    Column("times", ARRAY(Double).with_variant(JSON(), "sqlite"), nullable=False),
    Column("ends_at", Double, nullable=False, index=True),
)
"""The rate limits that replicas share: the times of the events that still count."""

audit = Table(
    "door_audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("ip", String(64), nullable=False),
    Column("address", ADDRESS, nullable=True),
    Column("more", JSON, nullable=False),
)
"""The lines of audit.jsonl of all replicas."""

secrets = Table(
    "door_secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("secret", String(64), nullable=False),
)
"""The session secret, if none is configured: replicas must use the same one."""
