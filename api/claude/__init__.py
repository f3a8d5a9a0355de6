"""Runs Claude Code through the Claude Agent SDK. The only package that imports the SDK."""
