"""The errors between the app and the api, and what a person can do about them."""


class TuiError(Exception):
    """The terminal app could not do it."""


class NotReachableError(TuiError):
    """The server does not answer."""

    def __init__(self, *, was_sent: bool) -> None:
        self.was_sent = was_sent
        """The request may have arrived, so sending it again could do it twice."""
        super().__init__("The server does not answer.")


class RefusedError(TuiError):
    """The api said no; the message is its sentence."""

    def __init__(self, status: int, sentence: str, code: str = "", retry_after: float | None = None) -> None:
        self.status = status
        self.code = code
        self.retry_after = retry_after
        super().__init__(sentence)


_ADVICE = {
    "model_authentication": "The server's Claude credentials were refused. Set CLAUDE_CODE_OAUTH_TOKEN (made by "
    "`claude setup-token`) or ANTHROPIC_API_KEY and start the server again.",
    "not_configured": "The server has no Claude credentials. Set CLAUDE_CODE_OAUTH_TOKEN or ANTHROPIC_API_KEY and "
    "start it again, or try it with DEMO=1.",
    "busy": "Every place is taken. End a running session, or wait a moment.",
    "prompt_queue_full": "Take a queued prompt back, or wait for the running turn.",
    "bypass_forbidden": "Whoever runs the server decides that.",
}


def describe_error(error: TuiError, after: str = "") -> str:
    """The error, what to do about it, and what became of the person's work."""
    code = error.code if isinstance(error, RefusedError) else ""
    return " ".join(part for part in (str(error), advice_for(code), after) if part)


def advice_for(code: str | None) -> str:
    """A sentence for the code of an error, or nothing."""
    return _ADVICE.get(code or "", "")
