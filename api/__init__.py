"""The agent over HTTP: sessions, queries and files. The only code that knows the Claude Agent SDK."""
