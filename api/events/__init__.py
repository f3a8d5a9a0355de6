"""A session's events: published, numbered, streamed and read back as history."""
