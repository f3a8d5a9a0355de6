"""The errors of the gateway; each error that refuses a request has its HTTP status, code and message beside it."""

from auth.routes import Upstream
from runtime.database.errors import DatabaseUnavailableError


class GatewayError(Exception):
    """An error of the gateway."""


class MailError(GatewayError):
    """An email could not be sent."""

    def __init__(self, kind: str, retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        """The mail service's type of error, for the log; never its message."""
        self.retry_after = retry_after
        """Seconds."""


class RefusedError(GatewayError):
    """A request is refused."""

    status: int
    """The HTTP status."""
    code: str
    """Identifies the error for programs."""
    message: str
    """For people, without a full stop at the end, as in the contract's messages; the error page adds one."""
    retry_after: int | None = None
    """Seconds, for the header `Retry-After`."""

    def __init__(self, message: str | None = None, *, retry_after: int | None = None) -> None:
        """Overrides the message or the pause of the class."""
        if message is not None:
            self.message = message
        if retry_after is not None:
            self.retry_after = retry_after
        super().__init__(self.message)


class NotFoundError(RefusedError):
    """No route, file or login has this name."""

    status = 404
    code = "not_found"
    message = "Not found"


class MethodNotAllowedError(RefusedError):
    """The route exists, but not for this method."""

    status = 405
    code = "method_not_allowed"
    message = "Method not allowed"


class WrongHostError(RefusedError):
    """The Host header names another server."""

    status = 421
    code = "wrong_host"
    message = (
        "This address is not the one the server is set up for. Set PUBLIC_URL to the address you use in the browser"
    )


class ForeignOriginError(RefusedError):
    """A page of another site made the request."""

    status = 403
    code = "forbidden_origin"
    message = "This request came from another site's page"


class UnauthorizedError(RefusedError):
    """The route needs a login or an API key."""

    status = 401
    code = "unauthorized"


class RateLimitedError(RefusedError):
    """A limit is used up."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, wait_seconds: float) -> None:
        super().__init__(message, retry_after=max(1, round(wait_seconds + 0.5)))


class EmailMissingError(RefusedError):
    """A sign-in link was requested without an address."""

    status = 400
    code = "email_required"
    message = "Email is required"


class EmailInvalidError(RefusedError):
    """A sign-in link was requested for something that is not an address."""

    status = 400
    code = "invalid_email"
    message = "Invalid email address"


class EmailNotAllowedError(RefusedError):
    """A sign-in link was requested for an address that is not on the allowlist."""

    status = 403
    code = "email_not_allowed"
    message = "Email address not allowed"


class MailNotConfiguredError(RefusedError):
    """A sign-in link was requested and there is no way to deliver it."""

    status = 503
    code = "mail_not_configured"
    message = "Sign-in by mail is not set up on this server"


class MailFailedError(RefusedError):
    """The mail service did not accept the email with the sign-in link."""

    status = 502
    code = "mail_failed"
    message = "The sign-in mail could not be sent. Try again in a moment"


class LinkInvalidError(RefusedError):
    """The sign-in link is unknown, used, or expired."""

    status = 400
    code = "invalid_link"
    message = "This sign-in link no longer works. Each link works once, for 10 minutes"


class BodyInvalidError(RefusedError):
    """The body cannot be parsed."""

    status = 400
    code = "invalid_body"


class BodyTypeError(RefusedError):
    """The body has another media type than the route accepts."""

    status = 415
    code = "not_json"
    message = "Content-Type must be application/json"


class BodyTooLargeError(RefusedError):
    """The body is over the limit of the route."""

    status = 413
    code = "too_large"

    def __init__(self, max_bytes: int) -> None:
        kib, mib = 1024, 1024 * 1024
        size = f"{max_bytes // mib} MiB" if max_bytes >= mib else f"{max_bytes // kib} KiB"
        super().__init__(f"Request body too large. Maximum {size}")


class BodyStalledError(RefusedError):
    """The body did not arrive in time."""

    status = 408
    code = "body_stalled"
    message = "The request's body did not arrive"


class AmbiguousLengthError(RefusedError):
    """The request states its length twice; a proxy that reads the other one would forward a hidden second request."""

    status = 400
    code = "ambiguous_length"
    message = "Content-Length and Transfer-Encoding exclude each other"


class UpstreamUnavailableError(RefusedError):
    """A service behind the gateway does not accept connections: it is starting, or restarts after a crash."""

    status = 503
    retry_after = 2

    def __init__(self, upstream: Upstream) -> None:
        self.code = f"{upstream.value}_unavailable"
        super().__init__(f"{_TITLES[upstream]} is starting. Try again in a moment")


class UpstreamFailedError(RefusedError):
    """A service behind the gateway closed the connection before its response was complete."""

    status = 502
    retry_after = 2

    def __init__(self, upstream: Upstream) -> None:
        self.code = f"{upstream.value}_failed"
        super().__init__(f"{_TITLES[upstream]} stopped responding. Try again in a moment")


class DatabaseOutageError(RefusedError):
    """The database does not answer: `DatabaseUnavailableError` as a response."""

    status = 503
    code = "database_unavailable"
    message = "The server's database does not answer. Try again in a moment"
    retry_after = 2


class InternalError(RefusedError):
    """The gateway has a bug; the log has the traceback."""

    status = 500
    code = "internal"
    message = "Something went wrong. Try again"


class HttpStatusError(RefusedError):
    """Quart refused the request with a status that has no class here."""

    code = "refused"

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


def as_refusal(error: RefusedError | DatabaseUnavailableError) -> RefusedError:
    """The error that the response reports."""
    return error if isinstance(error, RefusedError) else DatabaseOutageError()


_TITLES = {Upstream.API: "The agent", Upstream.TUI: "The terminal"}
