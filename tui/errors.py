"""The errors of the terminal app, and advice about them for the user."""


class TuiError(Exception):
    """An operation of the terminal app failed."""


class NotReachableError(TuiError):
    """The server does not answer."""

    def __init__(self, *, was_sent: bool) -> None:
        self.was_sent = was_sent
        """Whether the request may have arrived; sending it again could then apply it twice."""
        super().__init__("The server does not answer.")


class RefusedError(TuiError):
    """The api answered with an error."""

    def __init__(self, status: int, message: str, code: str = "", retry_after: float | None = None) -> None:
        self.status = status
        self.code = code
        self.retry_after = retry_after
        """Seconds after which the api may accept the request."""
        super().__init__(message)


_MESSAGES = {
    "bypass_forbidden": "Bypass is disabled on this server.",
}
"""Replacements for messages that the api writes for programs."""
_ADVICE = {
    "model_authentication": "The server's Claude credentials were refused. Set CLAUDE_CODE_OAUTH_TOKEN (made by "
    "`claude setup-token`) or ANTHROPIC_API_KEY and restart the server.",
    "not_configured": "The server has no Claude credentials. Set CLAUDE_CODE_OAUTH_TOKEN or ANTHROPIC_API_KEY and "
    "restart it, or try it with DEMO=1.",
    "busy": "Stop a running session, or wait a moment.",
    "prompt_queue_full": "Take back a queued prompt, or wait for the running turn.",
}


def describe_error(error: TuiError, after: str = "") -> str:
    """The error's message, advice about it, and `after`, which says what happened to the user's work."""
    code = error.code if isinstance(error, RefusedError) else ""
    return " ".join(part for part in (_MESSAGES.get(code, str(error)), advice_for(code), after) if part)


def advice_for(code: str | None) -> str:
    """Advice about an error with this code; empty if there is none."""
    return _ADVICE.get(code or "", "")
