"""The classes of torture, and how many of each: the counts of the promises for the whole, a share of them for CI."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.torture import (
    airflow,
    arrivals,
    canaries,
    damage,
    failing,
    guided,
    hostile,
    isolation,
    kills,
    machine,
    mutations,
    nights,
    races,
    sent_books,
    sent_texts,
    sent_values,
    sizes,
    spill,
    system_calls,
)
from tests.torture.sent import listed
from tests.torture.table import Count

Run = Callable[[Path, random.Random, int, int, int], Count]
"""Folder, source of chance, how many tries, which share of how many."""


@dataclass(frozen=True)
class Class:
    """One class."""

    title: str
    run: Run
    whole: int
    sample: int
    """0: not in the sample of the command line."""
    parts: int = 1
    is_listed: bool = False
    """What there is to try is a list that the parts share, not drawn by chance: each part is told the whole number."""
    seconds: float = 0
    """About how long one part takes on one quiet core: long ones begin first."""
    is_waiting: bool = False
    """Waits more than it computes: it runs beside the others and takes the place of none."""


def _random(run: Callable[[Path, random.Random, int], Count]) -> Run:
    """A class that draws its tries: every share draws its own."""
    return lambda folder, rng, tries, share, shares: run(folder, rng, tries)


CLASSES: dict[str, Class] = {
    "points": Class("named points, landing and audit", kills.at_named_points, 100, 25, 2, is_listed=True, seconds=30),
    "night_points": Class(
        "named points, build to workbooks", nights.at_named_points, 100, 20, 2, is_listed=True, seconds=40
    ),
    "kills": Class("random kills of the landing", _random(kills.at_random), 200, 4, 5, seconds=60),
    "night_kills": Class("random kills of the night", _random(nights.at_random), 100, 2, 4, seconds=80),
    "recovery": Class("kills during recovery", _random(kills.while_recovering), 40, 3, 2, seconds=60),
    "calls": Class("the N-th call fails", system_calls.nth_call, 10_000, 6, 8, is_listed=True, seconds=140),
    "file_size": Class("file size limits", _random(failing.file_size), 20, 2, 1, seconds=30),
    "spill": Class("spill limits", _random(spill.limits), 10, 2, 1, seconds=20),
    "memory": Class("memory limits", _random(failing.memory), 10, 2, 1, seconds=15),
    "full_disk": Class("full disk", _random(failing.full_disk), 20, 2, 1, seconds=80),
    "clock": Class("clock jumps", _random(failing.clock_jumps), 6, 1, 1, seconds=10),
    "bits": Class("bit flips", damage.bits, 60, 10, 1, seconds=60),
    "damage": Class("damage and recovery", _random(damage.recovery), 6, 2, 1, seconds=20),
    "double": Class("double runs", _random(races.double_runs), 20, 2, 1, seconds=40),
    "holders": Class("foreign lock holders", _random(races.foreign_holders), 10, 1, 1, seconds=15),
    "changing": Class("changing files", _random(races.changing_files), 6, 3, 1, seconds=10),
    "paths": Class("paths", _random(hostile.paths), 20, 20, 1, seconds=10),
    "encodings": Class("encodings", _random(listed("encodings", sent_texts.encodings)), 24, 24, 1, seconds=5),
    "shapes": Class("shapes of a text", _random(listed("shapes", sent_texts.shapes)), 30, 30, 1, seconds=10),
    "workbooks": Class("workbooks", _random(listed("workbooks", sent_books.workbooks)), 22, 22, 1, seconds=20),
    "old_workbooks": Class("old workbooks", _random(listed("xls", sent_books.old_workbooks)), 16, 16, 1, seconds=5),
    "values": Class("values", _random(listed("values", sent_values.values)), 44, 44, 1, seconds=5),
    "sizes": Class("sizes", _random(sizes.sizes), 3, 1, 1, seconds=130),
    "arrivals": Class("arrivals", _random(arrivals.arrive), 18, 18, 1, seconds=20),
    "bombs": Class("bombs", _random(hostile.bombs), 10, 10, 1, seconds=20),
    "child": Class("limits of the child", _random(hostile.child_limits), 2, 2, 1, seconds=20),
    "fuzz_csv": Class("fuzz csv", _random(hostile.fuzz_csv), 4000, 6, 4, seconds=270),
    "fuzz_xlsx": Class("fuzz xlsx", _random(hostile.fuzz_xlsx), 4000, 6, 8, seconds=170),
    "fuzz_xls": Class("fuzz xls", _random(hostile.fuzz_xls), 4000, 6, 8, seconds=180),
    "guided": Class("guided fuzzing, runs a reader", guided.guided, 20_000, 0, 4, is_listed=True, seconds=30),
    "machine": Class("state machine", _random(machine.machine), 500, 3, 20, seconds=300),
    "airflow": Class(
        "a standing Airflow, part by part", _random(airflow.parts), 20, 0, 1, seconds=1700, is_waiting=True
    ),
    "canaries": Class("canaries", _random(canaries.night), 12, 0, 1, seconds=90),
    "isolation": Class("isolation", _random(isolation.matrix), 1, 1, 1, seconds=60),
    "mutations": Class("broken key lines", mutations.broken_lines, 100, 3, 6, is_listed=True, seconds=100),
}
