"""`make chaos-test`: injects one fault after another into a deployment under load.

    python -m bench.chaos [--pause SECONDS] [--only WORDS] [--database sqlite|postgresql] [--page FILE] [--log FILE]

Exits with 1 if an accepted prompt has no end, a call hung, something leaked, or the deployment did not recover.
"""

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.chaos.checks import lost_prompts, recovery_seconds, wait_settled, wait_steady
from bench.chaos.database import running_database
from bench.chaos.faults import Fault, faults
from bench.chaos.load import Load
from bench.chaos.record import Record
from bench.chaos.report import Report, page
from bench.chaos.target import prepared_target

LOAD_SECONDS = 3.0
"""Seconds of load before each fault."""
CHAT_CLIENTS, QUERY_CLIENTS, TABS = 3, 2, 2
POSTGRESQL = "postgresql"
DATABASES = {"sqlite": "SQLite", POSTGRESQL: "PostgreSQL"}


async def run_chaos_test(*, pause: float, only: str, database_name: str, log: Path | None) -> Report:
    """Runs the whole test with that database."""
    began, record = time.monotonic(), Record()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_database()) if database_name == POSTGRESQL else None
        settings = {"DATABASE_URL": server.url} if server else {}
        target = await stack.enter_async_context(prepared_target(log=log, **settings))
        if not target.has_small_disk:
            print("This machine does not allow mounts, so the disk is not filled in this run.")
        await target.start()
        record.begin_phase("no load")
        load = Load(target, record)
        await load.sign_in()
        assert await recovery_seconds(load) is not None
        before = await wait_steady(target)
        record.begin_phase("load without faults")
        running = asyncio.create_task(load.run(chat_clients=CHAT_CLIENTS, query_clients=QUERY_CLIENTS, tabs=TABS))
        await asyncio.sleep(2 * LOAD_SECONDS)
        planned = [
            *faults(pause=pause, has_small_disk=target.has_small_disk),
            *(server.faults(pause) if server else []),
        ]
        for fault in planned:
            if only in fault.name:
                await inject(fault, load, running)
        load.over.set()
        await running
        report = Report(
            record=record,
            lost=await lost_prompts(target, record),
            leaks=await wait_settled(target, before),
            has_small_disk=target.has_small_disk,
            database=DATABASES[database_name],
        )
        await target.stop()
        report.orphans = target.processes()
        await target.start()
        report.lost_after_restart = await lost_prompts(target, record)
        report.seconds = time.monotonic() - began
        report.log = target.deployment.log.read_text()
    print(report.text())
    return report


async def inject(fault: Fault, load: Load, running: asyncio.Task[None]) -> None:
    """Injects a fault under load and waits until everything works again."""
    phase = load.record.begin_phase(fault.name)
    began = time.monotonic()
    async with fault.inflict(load.target):
        await asyncio.sleep(fault.seconds)
    phase.recovered = await recovery_seconds(load)
    phase.seconds = time.monotonic() - began
    verdict = "NOT RECOVERED" if phase.recovered is None else f"recovered after {phase.recovered:.1f} s"
    print(f"{fault.name:32}{verdict}, /health down for {phase.down:.1f} s, {dict(phase.counts)}", flush=True)
    if running.done():
        running.result()
    await asyncio.sleep(LOAD_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--pause", type=float, default=6, help="how long a program is paused or starved, in seconds")
    parser.add_argument("--only", default="", help="only faults whose names contain these words")
    parser.add_argument("--database", choices=DATABASES, help="only this database; PostgreSQL is killed and paused too")
    parser.add_argument("--log", type=Path, help="the file for the deployment's log")
    parser.add_argument("--page", type=Path, help="the Markdown page to write")
    given = parser.parse_args()
    reports = [
        asyncio.run(run_chaos_test(pause=given.pause, only=given.only, database_name=name, log=given.log))
        for name in ([given.database] if given.database else DATABASES)
    ]
    if given.page:
        given.page.write_text(page(reports))
    sys.exit(0 if all(report.is_good for report in reports) else 1)
