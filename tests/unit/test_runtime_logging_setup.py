"""The lines that a program writes to stderr."""

import json
import subprocess
import sys

from tests.support.process import ROOT

PROGRAM = """
import logging, structlog
from runtime.logging_setup import configure_logging

configure_logging("api", {log_format!r}, {level!r})
log = structlog.get_logger("api.part")
structlog.contextvars.bind_contextvars(request_id="r1")
log.debug("hidden_unless_debug")
log.info("started", port=8080)
logging.getLogger("httpx2").info("GET http://host/?secret")
logging.getLogger("httpx2").warning("slow %s", "host")
try:
    password = "hunter" + "2"
    raise ValueError("broken")
except ValueError:
    log.exception("failed")
"""


def lines(log_format: str, level: str) -> list[str]:
    code = PROGRAM.format(log_format=log_format, level=level)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_json_lines_say_who_wrote_them_and_for_which_request() -> None:
    started, slow, failed = (json.loads(line) for line in lines("json", "info"))
    assert started.pop("timestamp").endswith("Z")
    assert started == {
        "event": "started",
        "level": "info",
        "logger": "api.part",
        "port": 8080,
        "request_id": "r1",
        "service": "api",
    }
    assert (slow["event"], slow["level"], slow["service"]) == ("slow host", "warning", "api")
    assert "ValueError: broken" in failed["exception"]


def test_the_level_counts_for_our_lines_and_libraries_stay_at_warnings() -> None:
    assert len(lines("json", "debug")) == 4
    assert [json.loads(line)["event"] for line in lines("json", "error")] == ["failed"]
    assert not any("secret" in line for line in lines("json", "debug"))


def test_tracebacks_on_a_console_contain_no_variables() -> None:
    text = "\n".join(lines("console", "info"))
    assert "started" in text
    assert "ValueError: broken" in text
    assert "\x1b" not in text
    assert "hunter2" not in text
