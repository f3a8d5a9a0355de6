"""Logs people in: links, tokens, login sessions, and who is allowed."""
