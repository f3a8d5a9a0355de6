"""What a person can do about each kind of failure."""

from tui.errors import RefusedError, TuiError

_ADVICE = {
    "model_authentication": "The server's Claude credentials were refused. Set CLAUDE_CODE_OAUTH_TOKEN (made by "
    "`claude setup-token`) or ANTHROPIC_API_KEY and start the server again.",
    "not_configured": "The server has no Claude credentials. Set CLAUDE_CODE_OAUTH_TOKEN or ANTHROPIC_API_KEY and "
    "start it again, or try it with DEMO=1.",
    "busy": "Every place is taken. End a running session, or wait a moment.",
    "prompt_queue_full": "Take a queued prompt back, or wait for the running turn.",
    "bypass_forbidden": "Whoever runs the server decides that.",
}


def sentence(error: TuiError, after: str = "") -> str:
    """The error, what to do about it, and what became of the person's work."""
    code = error.code if isinstance(error, RefusedError) else ""
    return " ".join(part for part in (str(error), advice(code), after) if part)


def advice(code: str | None) -> str:
    """A sentence for the code of an error, or nothing."""
    return _ADVICE.get(code or "", "")
