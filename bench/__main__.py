"""`make bench`: runs the benchmarks one after another and writes their results to docs/benchmarks.md.

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

TIMEOUT = 240.0
"""Seconds after which a module counts as hung."""


async def main(modules: Sequence[Module], written: Path | None) -> int:
    """Runs the modules, prints the table and writes the page; returns 1 if a budget is broken or a module failed."""
    began = time.monotonic()
    if load() > cores():
        print(f"This machine is busy (load {load():.1f}), so the results will be too slow.", file=sys.stderr)
    found = [await measured(module) for module in modules]
    print(f"\n{overview(found)}\n\n{description()}; {time.monotonic() - began:.0f} s in all")
    if written:
        written.write_text(page(found))
        print(f"wrote {written}")
    wrong = [f"{each.module.command}: {each.failure}" for each in found if each.failure]
    wrong += [f"broken budget: {result.what}" for each in found for result in each.results if not result.is_kept]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


def overview(found: Sequence[Measured]) -> str:
    """Returns one table of all results."""
    lines = [HEADER]
    for each in found:
        lines.append([f"── {each.module.command} ({each.seconds:.0f} s) {each.failure}".rstrip(), *[""] * 5])
        lines += [result.cells for result in each.results]
    return table(lines)


async def measured(module: Module) -> Measured:
    """Runs one module in its own process, so it cannot slow down the next."""
    print(f"\n── {module.command}", flush=True)
    began, failure = time.monotonic(), ""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "results"
        words = module.command.split()[1:]
        process = await asyncio.create_subprocess_exec(sys.executable, *words, env={**os.environ, RESULTS: str(file)})
        try:
            await asyncio.wait_for(process.wait(), TIMEOUT)
        except TimeoutError:
            process.terminate()
            await process.wait()
            failure = f"did not end within {TIMEOUT:.0f} s"
        lines = file.read_text().splitlines() if file.exists() else []
        if not lines and not failure:
            failure = f"exited with {process.returncode} and no result"
    results = [Result(**json.loads(line)) for line in lines]
    return Measured(module=module, results=results, seconds=time.monotonic() - began, failure=failure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench")
    names = [module.name for module in MODULES]
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"one of {', '.join(names)}; all by default")
    parser.add_argument("--page", type=Path, help="the Markdown page to write")
    given = parser.parse_args()
    if unknown := set(given.modules) - set(names):
        parser.error(f"unknown module {', '.join(unknown)}; the modules are {', '.join(names)}")
    chosen = [module for module in MODULES if module.name in (given.modules or names)]
    sys.exit(asyncio.run(main(chosen, given.page)))
