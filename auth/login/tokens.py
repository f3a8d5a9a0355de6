"""Signed tokens: they carry an id and an expiry, and mean nothing without their row."""

import hashlib
import re
import secrets
from dataclasses import dataclass

import jwt

LONGEST = 2048
"""Bytes of a token that is looked at at all."""
LEEWAY = 30
"""Seconds that clocks may differ."""

_ALGORITHM = "HS256"
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# All tokens are our own, so their header is one constant: no other algorithm, kid or jku is ever parsed.
_HEADER = jwt.encode({}, "0" * 32, algorithm=_ALGORITHM).partition(".")[0]


class InvalidTokenError(ValueError):
    """Not a token of ours for this purpose, or no longer."""


def hash_of(secret: str) -> str:
    """What the database knows of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """256 random bits, in 43 characters."""
    return secrets.token_urlsafe(32)


def is_secret(text: str) -> bool:
    """Whether the text has the form of `new_secret()`."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tokens:
    """Issues and reads the tokens of one purpose."""

    audience: str
    keys: tuple[bytes, ...]

    def issue(self, id: str, *, now: float, expires: float) -> str:  # noqa: A002
        """The token that carries `id`."""
        claims = {"aud": self.audience, "jti": id, "iat": int(now), "exp": int(expires)}
        return jwt.encode(claims, self.keys[0], algorithm=_ALGORITHM)

    def read(self, token: str) -> str:
        """The id in the token.

        Raises:
            InvalidTokenError: it is malformed, expired, for another purpose, or not ours.
        """
        if len(token) > LONGEST or not _SHAPE.fullmatch(token) or not token.startswith(_HEADER + "."):
            raise InvalidTokenError
        for key in self.keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=self.audience,
                    leeway=LEEWAY,
                    options={"require": ["exp", "iat", "aud", "jti"], "strict_aud": True, "verify_iat": True},
                )
            except jwt.InvalidSignatureError:
                continue
            except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
                raise InvalidTokenError from None
            id_ = claims["jti"]
            if not isinstance(id_, str) or not is_secret(id_):
                raise InvalidTokenError
            return id_
        raise InvalidTokenError
