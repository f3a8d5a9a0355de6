"""`make chaos-test`: load on every door while one thing after the other is killed, paused or starved.

    python -m bench.chaos [--pause SECONDS] [--only WORDS] [--database sqlite|postgresql] [--page FILE] [--log FILE]

Ends with 1 when an accepted prompt has no end, a call hung, something leaked, or the deployment did not mend itself.
"""

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.chaos.checks import lost, recovers, settled, steady
from bench.chaos.database import database
from bench.chaos.faults import Fault, faults
from bench.chaos.ledger import Ledger
from bench.chaos.load import Load
from bench.chaos.place import place
from bench.chaos.report import Report, page

BEFORE = 3.0
"""Seconds of load before each fault."""
TALKERS, ASKERS, TABS = 3, 2, 2
POSTGRESQL = "postgresql"
DATABASES = {"sqlite": "SQLite", POSTGRESQL: "PostgreSQL"}


async def chaos_test(*, pause: float, only: str, on: str, log: Path | None) -> Report:
    """The whole test, on that database."""
    began, ledger = time.monotonic(), Ledger()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(database()) if on == POSTGRESQL else None
        here = await stack.enter_async_context(place(log=log, **({"DATABASE_URL": server.url} if server else {})))
        if not here.has_small_disk:
            print("This machine allows no mount: the disk is not filled in this run.")
        await here.start()
        ledger.begin("quiet")
        load = Load(here, ledger)
        await load.sign_in()
        assert await recovers(load) is not None
        before = await steady(here)
        ledger.begin("load alone")
        running = asyncio.create_task(load.run(talkers=TALKERS, askers=ASKERS, tabs=TABS))
        await asyncio.sleep(2 * BEFORE)
        todo = [*faults(pause=pause, has_small_disk=here.has_small_disk), *(server.faults(pause) if server else [])]
        for fault in todo:
            if only in fault.name:
                await suffer(fault, load, running)
        load.over.set()
        await running
        report = Report(
            ledger=ledger,
            lost=await lost(here, ledger),
            leaks=await settled(here, before),
            has_small_disk=here.has_small_disk,
            database=DATABASES[on],
        )
        await here.stop()
        report.orphans = here.processes()
        await here.start()
        report.forgotten = await lost(here, ledger)
        report.seconds = time.monotonic() - began
        report.log = here.deployment.log.read_text()
    print(report.text())
    return report


async def suffer(fault: Fault, load: Load, running: asyncio.Task[None]) -> None:
    """Lets one thing go wrong under load, and waits until all works again."""
    chapter = load.ledger.begin(fault.name)
    began = time.monotonic()
    async with fault.inflict(load.place):
        await asyncio.sleep(fault.seconds)
    chapter.recovered = await recovers(load)
    chapter.seconds = time.monotonic() - began
    mended = "NOT MENDED" if chapter.recovered is None else f"mended after {chapter.recovered:.1f} s"
    print(f"{fault.name:32}{mended}, /health out for {chapter.down:.1f} s, {dict(chapter.counts)}", flush=True)
    if running.done():
        running.result()
    await asyncio.sleep(BEFORE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--pause", type=float, default=6, help="how long a program is paused or starved, in seconds")
    parser.add_argument("--only", default="", help="only faults whose name has these words")
    parser.add_argument("--database", choices=DATABASES, help="only with this one; PostgreSQL is killed and paused too")
    parser.add_argument("--log", type=Path, help="where the log of the deployment is kept")
    parser.add_argument("--page", type=Path, help="the Markdown page to write")
    given = parser.parse_args()
    wanted = [given.database] if given.database else DATABASES
    reports = [asyncio.run(chaos_test(pause=given.pause, only=given.only, on=name, log=given.log)) for name in wanted]
    if given.page:
        given.page.write_text(page(reports))
    sys.exit(0 if all(report.is_good for report in reports) else 1)
