"""Claude Code sessions on the Claude Agent SDK. The only package that imports it.

The names below load nothing heavy until they are used: importing the SDK takes about a second.
"""

from api.claude.options import QueryOptions, SessionOptions
from api.claude.session import Accepted, Session
from api.claude.sessions import Sessions

__all__ = ["Accepted", "QueryOptions", "Session", "SessionOptions", "Sessions"]
