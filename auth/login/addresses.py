"""Email addresses: checks and normalizes them."""

import re

MAX_LENGTH = 254

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:localhost|{_LABEL}(?:\.{_LABEL})+)")


class InvalidAddressError(ValueError):
    """The text is not an email address."""


def normalize_address(text: str) -> str:
    """The form in which an address is checked, stored and mailed.

    Raises:
        InvalidAddressError: `text` is not an address.
    """
    address = text.strip(" \t\r\n")
    # Before lower(), which turns the Kelvin sign into the letter k.
    if not address.isascii() or len(address) > MAX_LENGTH:
        raise InvalidAddressError
    address = address.lower()
    if not _ADDRESS.fullmatch(address):
        raise InvalidAddressError
    return address
