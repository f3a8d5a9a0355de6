"""PUBLIC_URL: the origin under which browsers reach the deployment, and the Host and Origin headers that match it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from runtime.settings import InvalidValueError

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_DEFAULT_PORT = {"http": 80, "https": 443}


class UnusableUrlError(InvalidValueError):
    """PUBLIC_URL cannot be used; the message says how to write it."""


def split_host(host: str) -> tuple[str, int | None] | None:
    """The name (lower case, without brackets) and port of a Host header, or None if it is malformed."""
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    port = found["port"]
    return found["name"].strip("[]").lower(), int(port) if port else None


def is_ip(name: str) -> bool:
    """Whether a host is a literal address, which DNS cannot point at another machine."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a host can only be this machine."""
    return name == "localhost" or (is_ip(name) and ip_address(name).is_loopback)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicOrigin:
    """The only source of links and of the expected Host and Origin headers."""

    scheme: str
    name: str
    port: int
    is_configured: bool
    """Whether PUBLIC_URL is set; if not, every loopback Host belongs to this origin."""

    @classmethod
    def parse(cls, public_url: str, port: int) -> Self:
        """Reads PUBLIC_URL; empty means `http://localhost:PORT`.

        Raises:
            UnusableUrlError: it is not a web origin without a path.
        """
        if not public_url:
            return cls(scheme="http", name="localhost", port=port, is_configured=False)
        advice = "write it like https://claude.example.com"
        try:
            parts = urlsplit(public_url)
            host = split_host(parts.netloc)
        except ValueError:
            raise UnusableUrlError(f"is not a URL; {advice}") from None
        if parts.scheme not in _DEFAULT_PORT or host is None:
            raise UnusableUrlError(f"is not an http or https URL; {advice}")
        if parts.path not in ("", "/") or parts.query or parts.fragment or not public_url.isascii():
            raise UnusableUrlError(f"must be scheme and host alone, without a path; {advice}")
        name, given_port = host
        port = given_port or _DEFAULT_PORT[parts.scheme]
        return cls(scheme=parts.scheme, name=name, port=port, is_configured=True)

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.name)

    @property
    def is_https(self) -> bool:
        return self.scheme == "https"

    @property
    def host(self) -> str:
        """The Host header."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _DEFAULT_PORT[self.scheme] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme and host, without a slash at the end."""
        return f"{self.scheme}://{self.host}"

    def includes_host(self, host: str) -> bool:
        """Whether a request's Host header names this origin."""
        found = split_host(host)
        if found is None:
            return False
        name, port = found
        if not self.is_configured:
            return is_loopback(name)
        return name == self.name and (port or _DEFAULT_PORT[self.scheme]) == self.port

    def origin_for(self, host: str) -> str:
        """The Origin header of our pages when they are reached under `host`, which must belong to this origin."""
        return self.url if self.is_configured else f"http://{host.lower()}"
