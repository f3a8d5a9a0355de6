"""The settings of the demo model, read from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.settings import read_environment, setting
from runtime.shared_variables import demo_port


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings of the demo model."""

    port: int = setting(demo_port(least=0))
    """The port on 127.0.0.1; 0 takes any free port."""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: DEMO_PORT is not a port.
    """
    return read_environment(Settings, environment)
