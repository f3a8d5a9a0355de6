"""The environment variables that more than one program reads, each declared once with its range and default."""

from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from runtime.settings import Variable, choice, folder, optional_text, switch, whole_number

ROOT: Final = Path(__file__).resolve().parents[1]
"""The folder of the product."""
MAX_PORT: Final = 65_535

LogFormat = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

DATA_DIR: Final = folder(ROOT / ".data", name="DATA_DIR")
"""Everything that must survive a restart."""
RUN_DIR: Final = folder("run", below=DATA_DIR, name="RUN_DIR")
"""The sockets."""
WORKSPACE_DIR: Final = folder(ROOT / "workspace", name="WORKSPACE_DIR")
"""Where Claude works."""
DEMO: Final = switch(name="DEMO")
"""Answer from the demo model, never from Claude."""
MAX_TABS: Final = whole_number(20, least=1, most=1000, name="MAX_TABS")
"""Browser tabs that a user may have open."""
MAX_UPLOAD_MB: Final = whole_number(100, least=1, most=100_000, name="MAX_UPLOAD_MB")
"""The largest file that can be uploaded, in MiB."""
LOG_FORMAT: Final[Variable[LogFormat]] = choice("console", ("console", "json"), name="LOG_FORMAT")
"""Log lines for a person or for a program."""
LOG_LEVEL: Final[Variable[LogLevel]] = choice(
    "info", ("debug", "info", "warning", "error"), name="LOG_LEVEL", ignores_case=True
)
"""The least important log line that is written."""
OTEL_EXPORTER_OTLP_ENDPOINT: Final = optional_text(name="OTEL_EXPORTER_OTLP_ENDPOINT")
"""Where traces go, such as http://collector:4318; there are none if unset."""


def socket(name: str) -> Variable[Path]:
    """The unix socket of a service: a file in RUN_DIR."""
    return replace(
        RUN_DIR,
        default=RUN_DIR.default / name,
        default_in=lambda environment: RUN_DIR.read("RUN_DIR", environment) / name,
        parse=lambda text: RUN_DIR.parse(text) / name,
    )


def demo_port(*, least: int) -> Variable[int]:
    """The port of the demo model on 127.0.0.1; the demo model itself also accepts 0, for any free port."""
    return whole_number(8089, least=least, most=MAX_PORT, name="DEMO_PORT")


def _database_url(url: str) -> str:
    from runtime.database.url import driver_arguments  # imports ssl, which the terminal app does not need

    driver_arguments(url, command_seconds=0)
    return url


DATABASE_URL: Final[Variable[str | None]] = Variable(
    default=None, parse=_database_url, expected="a URL", name="DATABASE_URL", is_secret=True
)
"""`postgresql://user:password@host/name`; SQLite in DATA_DIR if unset."""
