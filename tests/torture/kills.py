"""SIGKILL at every named point, at random moments, and again while the last one is being recovered from."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import connectors
import pipeline
from connectors import faults
from pipeline.receiving.ingest import ingest_waiting
from pipeline.settings import Settings
from tests.integration.landing_home import DAY, Home
from tests.torture.county import Start
from tests.torture.table import Count

KILLED = -signal.SIGKILL
_FORK = multiprocessing.get_context("fork")


def points(prefix: str) -> list[str]:
    """Every fault point of the product's sources with this prefix."""
    sources = [path for package in (connectors, pipeline) for path in Path(package.__path__[0]).rglob("*.py")]
    return sorted({point for path in sources for point in re.findall(rf'fault\("({prefix}\w+)"\)', path.read_text())})


def _ingest(settings: Settings, point: str = "") -> None:
    faults._POINT = point
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    failed = any(landed.status == "failed" for landed in ingest_waiting(settings, received_on=DAY))
    os._exit(1 if failed else 0)


def ended(process: BaseProcess, seconds: int = 120) -> bool:
    """Wait for a process, second by second: time in which everything here is stopped does not count."""
    for _ in range(seconds):
        process.join(1)
        if not process.is_alive():
            return True
    return False


def run(home: Home, point: str = "", kill_after: float | None = None) -> int | None:
    """Ingest in a process of its own; its exit code."""
    process = _FORK.Process(target=_ingest, args=(home.settings, point))
    process.start()
    if kill_after is not None:
        time.sleep(kill_after)
        if process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
    ended(process)
    return process.exitcode


def at_named_points(folder: Path, rng: random.Random, percent: int, share: int, shares: int) -> Count:
    """Each named point of landing and of the audit log, for CSV and for workbooks."""
    count = Count("named points")
    named = [*points("landing_"), *points("audit_")]
    every = [(kind, point) for kind in ("csv", "xlsx") for point in named][share::shares]
    starts: dict[str, Start] = {}
    for kind, point in every:
        if rng.random() * 100 > percent:
            continue
        if kind not in starts:
            starts[kind] = Start(folder, kind)
        start = starts[kind]
        with start.copy() as home:
            was_killed = run(home, point) == KILLED
            finished = run(home) == 0
            problems = start.problems(home)
            other = problems["other"] + (not was_killed) + (not finished)
            count.add(f"{kind} {point}", {**problems, "other": other})
    return count


def at_random(folder: Path, rng: random.Random, tries: int) -> Count:
    """Killed after a random time, run again."""
    count, start = Count("random kills"), Start(folder)
    with start.copy() as home:
        began = time.monotonic()
        run(home)
        longest = time.monotonic() - began
    for number in range(tries):
        with start.copy() as home:
            run(home, kill_after=rng.uniform(0, longest))
            run(home)
            count.add(f"kill {number}", start.problems(home))
    return count


def while_recovering(folder: Path, rng: random.Random, tries: int) -> Count:
    """Killed at a named point, killed again in the rerun, at most three times."""
    count, start = Count("kills during recovery"), Start(folder)
    named = points("landing_")
    for number in range(tries):
        with start.copy() as home:
            run(home, rng.choice(named))
            for _ in range(rng.randint(1, 2)):
                run(home, kill_after=rng.uniform(0, 0.8))
            run(home)
            count.add(f"recovery {number}", start.problems(home))
    return count
