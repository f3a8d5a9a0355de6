"""Error answers with the types and messages of Anthropic's API."""

import msgspec

from demo.answer import Refusal

_KINDS = {
    400: ("invalid_request_error", "The demo model was asked to refuse this request."),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}
RETRY_AFTER_SECONDS = 1


def error_body(kind: str, message: str) -> bytes:
    """Returns the API's error object."""
    return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})


def refuse(refusal: Refusal) -> tuple[bytes, int, dict[str, str]]:
    """Returns body, status and headers; a status that is not an HTTP error becomes 500."""
    status = refusal.status if 400 <= refusal.status <= 599 else 500
    kind, message = _KINDS.get(status, ("api_error", f"The demo model was asked for status {status}."))
    headers = {"content-type": "application/json"}
    if status == 429:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return error_body(kind, message), status, headers
