"""The crash listener reports a program that keeps ending."""

import io

from runtime.crash_listener import CrashReporter, serve

HEAD = "processname:api groupname:deployment pid:7 channel:stdout"
ENDED = "processname:api groupname:deployment from_state:RUNNING expected:0 pid:7"


def test_the_second_end_in_a_short_time_is_reported_with_the_last_line() -> None:
    reporter = CrashReporter()
    assert reporter.handle("PROCESS_STATE_EXITED", ENDED, 0) is None
    assert reporter.handle("PROCESS_LOG_STDOUT", f"{HEAD}\nstarting\nthe disk is full\n\n", 1) is None
    line = reporter.handle("PROCESS_STATE_EXITED", ENDED, 2)
    assert line is not None
    assert line.startswith("UNHEALTHY")
    assert line.endswith("the disk is full")
    assert "\n" not in line


def test_the_exception_is_reported_and_not_the_lines_below_it() -> None:
    reporter = CrashReporter()
    reporter.handle("PROCESS_STATE_EXITED", ENDED, 0)
    for said in ("Traceback\nsqlalchemy.exc.OperationalError: no such table", "(Background: https://example.com)"):
        reporter.handle("PROCESS_LOG_STDOUT", f"{HEAD}\n{said}\n", 1)
    assert str(reporter.handle("PROCESS_STATE_EXITED", ENDED, 2)).endswith("no such table")


def test_two_ends_far_apart_are_not_reported() -> None:
    reporter = CrashReporter()
    assert reporter.handle("PROCESS_STATE_EXITED", ENDED, 0) is None
    assert reporter.handle("PROCESS_STATE_EXITED", ENDED, 1_000) is None


def test_the_ends_of_two_programs_are_counted_separately() -> None:
    reporter = CrashReporter()
    assert reporter.handle("PROCESS_STATE_EXITED", ENDED, 0) is None
    assert reporter.handle("PROCESS_STATE_EXITED", ENDED.replace("api", "tui"), 1) is None


def test_the_listener_speaks_supervisords_protocol() -> None:
    source = io.BytesIO(f"ver:3.0 eventname:PROCESS_STATE_EXITED len:{len(ENDED)}\n{ENDED}".encode())
    sink = io.BytesIO()
    serve(source, sink)
    assert sink.getvalue() == b"READY\nRESULT 2\nOKREADY\n"
