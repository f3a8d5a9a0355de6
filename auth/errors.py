"""What the door refuses, and with which words."""


class DoorError(Exception):
    """Something was refused."""


class RefusedError(DoorError):
    """A request is refused with an HTTP status, a sentence for a person and a code for a program."""

    def __init__(self, status: int, code: str, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after
        """Seconds."""


class UnauthorizedError(RefusedError):
    """The caller must say who they are."""

    def __init__(self, sentence: str, code: str = "unauthorized") -> None:
        super().__init__(401, code, sentence)


class LimitedError(RefusedError):
    """The caller does this too often."""

    def __init__(self, sentence: str, retry_after: float) -> None:
        super().__init__(429, "rate_limited", sentence, retry_after=max(1, round(retry_after + 0.5)))


class DatabaseAwayError(RefusedError):
    """The database does not answer: nothing can be looked up, so nobody gets in."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            503, "database_unavailable", "The server's database does not answer. Try again in a moment", retry_after=2
        )
        self.kind = kind
        """A word for the log."""


class MailError(DoorError):
    """A letter could not be sent."""

    def __init__(self, kind: str, retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        """A word for the log: the mail service's error type, never its message."""
        self.retry_after = retry_after
        """Seconds."""
