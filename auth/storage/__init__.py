"""The door's database: SQLite in DATA_DIR, or PostgreSQL, which several doors share. One schema for both."""
