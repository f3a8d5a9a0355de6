"""The gateway's database: SQLite in DATA_DIR, or PostgreSQL, which replicas share. Both have the same tables."""
