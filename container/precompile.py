"""Imports every program while the image is built, which puts their compiled files into the image."""

import importlib
import pkgutil

import api
import auth
import demo
import runtime
import tui

PROGRAMS = (api, auth, demo, runtime, tui)
LAZY = (
    *("supervisor.supervisord", "supervisor.supervisorctl", "dotenv.__main__"),
    *("aiosqlite", "asyncpg", "sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.dialects.postgresql.asyncpg"),
    *("textual.widgets", "textual.drivers.linux_driver", "textual.drivers.web_driver", "uuid", "unittest.mock"),
)
"""Modules that the programs import by name while they run."""


def main() -> None:
    for program in PROGRAMS:
        for module in pkgutil.walk_packages(program.__path__, f"{program.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in LAZY:
        importlib.import_module(name)


if __name__ == "__main__":
    main()
