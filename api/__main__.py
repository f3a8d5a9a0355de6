"""`python -m api` serves the API; `check` prints what would run; `doctor` prints what to fix."""

import asyncio
import sys
from collections.abc import Callable

from api.settings import Settings, read_settings
from runtime.process_setup import exempt_from_gc
from runtime.settings import SettingsError

USAGE = "usage: python -m api [check|doctor]"


def main(arguments: list[str]) -> int:
    """Runs a command and returns the exit code."""
    commands: dict[str, Callable[[Settings], int]] = {"": _serve, "check": _check, "doctor": _doctor}
    command = commands.get(arguments[0] if arguments else "") if len(arguments) <= 1 else None
    if command is None:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return command(read_settings())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _serve(settings: Settings) -> int:
    # Imported here because the SDK takes a second, which `check` does not need.
    with exempt_from_gc():
        from api.http.app import create_app
        from api.http.server import serve_on
        from api.storage.database import prepare_tables
        from runtime.logging_setup import configure_logging

    async def serve() -> None:
        await prepare_tables(settings)
        app = create_app(settings)
        await serve_on(
            settings.socket,
            app,
            drain_seconds=settings.drain_seconds,
            replica_url=settings.replica_url,
            traces=settings.otel_exporter_otlp_endpoint,
        )

    settings.make_folders()
    configure_logging("api", settings.log_format, settings.log_level)
    asyncio.run(serve())
    return 0


def _check(settings: Settings) -> int:
    from api.startup_summary import summary

    for line in asyncio.run(summary(settings)):
        print(line)
    if settings.has_database:
        from api.storage.database import plan_tables

        if plan := asyncio.run(plan_tables(settings)):
            print(f"upgrade      a start {plan}")
    return 0


def _doctor(settings: Settings) -> int:
    from api.doctor import examine
    from runtime.doctor import print_findings

    return print_findings(asyncio.run(examine(settings)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
