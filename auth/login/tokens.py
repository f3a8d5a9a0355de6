"""Signed tokens (JWT): each carries an id and an expiry, and is valid only together with its database row."""

import hashlib
import re
import secrets
from dataclasses import dataclass

import jwt

MAX_LENGTH = 2048
"""Bytes; longer tokens are not parsed."""
LEEWAY = 30
"""Seconds by which the clocks of replicas may differ."""

_ALGORITHM = "HS256"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# All our tokens have this header, so no other algorithm, kid or jku is ever parsed.
_HEADER = jwt.encode({}, "0" * 32, algorithm=_ALGORITHM).partition(".")[0]


class InvalidTokenError(ValueError):
    """The token was not issued here for this purpose, or has expired."""


def hash_secret(secret: str) -> str:
    """The SHA-256 in hex, which the database stores instead of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """256 random bits in 43 characters."""
    return secrets.token_urlsafe(32)


def is_secret(text: str) -> bool:
    """Whether the text has the form of `new_secret()`."""
    return _SECRET.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tokens:
    """Issues and reads the tokens of one purpose."""

    audience: str
    """The purpose."""
    keys: tuple[bytes, ...]
    """The first key signs; all of them verify."""

    def issue(self, token_id: str, *, now: float, expires: float) -> str:
        """Signs a token that carries the id."""
        claims = {"aud": self.audience, "jti": token_id, "iat": int(now), "exp": int(expires)}
        return jwt.encode(claims, self.keys[0], algorithm=_ALGORITHM)

    def read(self, token: str) -> str:
        """Verifies the token and returns its id.

        Raises:
            InvalidTokenError: it is malformed, expired, for another purpose, or not signed by us.
        """
        if len(token) > MAX_LENGTH or not _SHAPE.fullmatch(token) or not token.startswith(_HEADER + "."):
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
            token_id = claims["jti"]
            if not isinstance(token_id, str) or not is_secret(token_id):
                raise InvalidTokenError
            return token_id
        raise InvalidTokenError
