"""Where the demo model listens; the only place of this package that reads the environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    port: int
    """DEMO_PORT on 127.0.0.1; 0 takes any free port."""


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what to write instead."""


def read_settings() -> Settings:
    """The settings of the environment.

    Raises:
        SettingsError: DEMO_PORT is no port number.
    """
    given = os.environ.get("DEMO_PORT", "").strip() or "8089"
    if not given.isascii() or not given.isdigit() or int(given) > 65535:
        raise SettingsError(f"DEMO_PORT must be a number from 0 to 65535, but it is {given!r}: set it to 8089")
    return Settings(port=int(given))
