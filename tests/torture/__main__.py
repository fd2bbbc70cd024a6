"""Runs the classes and prints the table; see the package's docstring."""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.torture import parts
from tests.torture.classes import CLASSES
from tests.torture.table import Count, show

TABLE = Path("build/torture.jsonl")


def main() -> int:
    """Run what was asked for, or what of it is not in the table yet, and print the table."""
    arguments = argparse.ArgumentParser(prog="python -m tests.torture")
    arguments.add_argument("--sample", action="store_true", help="CI's share")
    arguments.add_argument("--only", nargs="*", choices=sorted(CLASSES), default=[])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--tries", type=int, help="instead of the class's own number")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="parts at once")
    arguments.add_argument("--table", type=Path, default=TABLE, help="parts that are done; a run continues from it")
    arguments.add_argument("--show", action="store_true", help="only print the table of what is done")
    arguments.add_argument("--part", nargs=3, metavar=("CLASS", "K", "OF"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.part:
        sys.stdout.write(json.dumps(parts.run_here(*given.part, given.seed, given.tries).to_json()) + "\n")
        return 0
    planned = parts.plan(given.only, given.seed, tries=given.tries, is_sample=given.sample)
    code = parts.code_state()
    done = parts.load(given.table, code, planned)
    if not given.show:
        missing = [part for part in planned if part not in done]
        with ThreadPoolExecutor(given.jobs) as busy, ThreadPoolExecutor(1) as waiting:
            pools = {part: waiting if CLASSES[part.name].is_waiting else busy for part in missing}
            running = {pool.submit(parts.run_elsewhere, part): part for part, pool in pools.items()}
            for ended in as_completed(running):
                part, count = running[ended], ended.result()
                done[part] = count
                parts.append(given.table, code, part, count)
                sys.stderr.write(f"{part.name} {part.number}/{part.of}: {dict(count.numbers)} {count.skipped}\n")
    return show_all(planned, done)


def show_all(planned: list[parts.Part], done: dict[parts.Part, Count]) -> int:
    """The table of what was planned; 0 if everything of it was done and survived."""
    counts = []
    for name in dict.fromkeys(part.name for part in planned):
        own = [part for part in planned if part.name == name]
        here = [done[part] for part in own if part in done]
        whole = Count.sum(CLASSES[name].title, here)
        whole.missing = len(own) - len(here)
        counts.append(whole)
    show(counts)
    return 0 if all(count.is_good and not count.missing for count in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
