"""What can go wrong between the app and the api, each with a sentence for a person."""


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
