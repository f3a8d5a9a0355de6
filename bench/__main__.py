"""`make bench`: every measurement, one after another, in one table, which docs/benchmarks.md then shows.

python -m bench [--page FILE] [MODULE…]
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.machine import cores, description, load
from bench.modules import MODULES, Module
from bench.page import Measured, page
from bench.result import HEADER, RESULTS, Result, table

PATIENCE = 240.0
"""Seconds for one module; it has hung then."""


async def main(modules: Sequence[Module], written: Path | None) -> int:
    """Runs them, prints the table, writes the page; 1 when a budget is broken or a module failed."""
    began = time.monotonic()
    if load() > cores():
        print(f"This machine is busy (load {load():.1f}): what follows is not what it can do.", file=sys.stderr)
    found = [await measured(module) for module in modules]
    print(f"\n{overview(found)}\n\n{description()}; {time.monotonic() - began:.0f} s in all")
    if written:
        written.write_text(page(found))
        print(f"written to {written}")
    wrong = [f"{each.module.command}: {each.failure}" for each in found if each.failure]
    wrong += [f"broken budget: {result.what}" for each in found for result in each.results if not result.is_kept]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


def overview(found: Sequence[Measured]) -> str:
    """One table of all of them."""
    lines = [HEADER]
    for each in found:
        lines.append([f"── {each.module.command} ({each.seconds:.0f} s) {each.failure}".rstrip(), *[""] * 5])
        lines += [result.cells for result in each.results]
    return table(lines)


async def measured(module: Module) -> Measured:
    """Runs one module as a process of its own, so that none weighs on the next."""
    print(f"\n── {module.command}", flush=True)
    began, failure = time.monotonic(), ""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "results"
        words = module.command.split()[1:]
        process = await asyncio.create_subprocess_exec(sys.executable, *words, env={**os.environ, RESULTS: str(file)})
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.terminate()
            await process.wait()
            failure = f"gave up after {PATIENCE:.0f} s"
        lines = file.read_text().splitlines() if file.exists() else []
        if not lines and not failure:
            failure = f"ended with {process.returncode} and without a result"
    results = [Result(**json.loads(line)) for line in lines]
    return Measured(module=module, results=results, seconds=time.monotonic() - began, failure=failure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench")
    names = [module.name for module in MODULES]
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(names)}; all by default")
    parser.add_argument("--page", type=Path, help="the Markdown page to write")
    given = parser.parse_args()
    if unknown := set(given.modules) - set(names):
        parser.error(f"no module is called {', '.join(unknown)}: {', '.join(names)} are")
    chosen = [module for module in MODULES if module.name in (given.modules or names)]
    sys.exit(asyncio.run(main(chosen, given.page)))
