"""Runs the classes and prints the table; see the package's docstring."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture import damage, failing, hostile, isolation, kills, leaks, machine, mutations, races
from tests.torture.table import Count, show

Class = Callable[[Path, random.Random, int], Count]

CLASSES: dict[str, tuple[Class, int, int]] = {
    "points": (lambda folder, rng, share: kills.at_named_points(folder, rng, share / 100), 100, 25),
    "kills": (kills.at_random, 300, 4),
    "recovery": (kills.while_recovering, 40, 3),
    "operations": (failing.nth_operation, 320, 6),
    "file_size": (failing.file_size, 20, 2),
    "memory": (failing.memory, 10, 2),
    "full_disk": (failing.full_disk, 10, 2),
    "clock": (failing.clock_jumps, 6, 1),
    "bits": (damage.bits, 60, 10),
    "damage": (damage.recovery, 6, 2),
    "double": (races.double_runs, 20, 2),
    "holders": (races.foreign_holders, 10, 1),
    "changing": (races.changing_files, 6, 3),
    "paths": (hostile.paths, 18, 18),
    "bombs": (hostile.bombs, 10, 10),
    "child": (hostile.child_limits, 2, 2),
    "fuzz": (hostile.fuzz, 8000, 12),
    "machine": (machine.machine, 500, 3),
    "leaks": (leaks.night, 1, 0),
    "isolation": (isolation.matrix, 1, 1),
    "mutations": (mutations.broken_lines, 100, 3),
}
"""Class → function, how many for the whole, how many for CI's sample (named points: per cent)."""


def main() -> int:
    """Run what was asked for."""
    arguments = argparse.ArgumentParser(prog="python -m tests.torture")
    arguments.add_argument("--sample", action="store_true", help="CI's share")
    arguments.add_argument("--only", nargs="*", choices=sorted(CLASSES), default=[])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--tries", type=int, help="instead of the class's own number")
    given = arguments.parse_args()
    counts = []
    for name, (run, whole, sample) in CLASSES.items():
        tries = given.tries if given.tries is not None else (sample if given.sample else whole)
        if (given.only and name not in given.only) or tries == 0:
            continue
        folder = Path(tempfile.mkdtemp(prefix=f"onetable-torture-{name}-"))
        began = time.monotonic()
        try:
            count = run(folder, random.Random(f"{given.seed} {name}"), tries)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        count.seconds = time.monotonic() - began
        counts.append(count)
        sys.stderr.write(f"{count.name}: {dict(count.numbers)} {count.skipped}\n")
    show(counts)
    return 0 if all(count.is_good for count in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
