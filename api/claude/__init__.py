"""Claude Code sessions on the Claude Agent SDK. The only package that imports it."""
