"""The connection to SQLite or PostgreSQL that the services share."""
