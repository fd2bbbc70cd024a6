"""Limits: file sizes, memory of DuckDB and of the process, a full disk. And the clock that jumps."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pipeline.receiving import attempts
from pipeline.receiving.ingest import ingest_waiting
from pipeline.settings import Settings
from tests.integration.landing_home import DAY, Home
from tests.torture import kills
from tests.torture.county import Start
from tests.torture.table import Count

_MOST_ROOM = 2_500_000
_FORK = multiprocessing.get_context("fork")


def _quiet_ingest(settings: Settings, before: Callable[[], None]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    before()
    ingest_waiting(settings, received_on=DAY)
    os._exit(0)


def _elsewhere(settings: Settings, before: Callable[[], None]) -> None:
    process = _FORK.Process(target=_quiet_ingest, args=(settings, before))
    process.start()
    kills.ended(process)


def file_size(folder: Path, rng: random.Random, tries: int) -> Count:
    """Files may grow to a random size only: writes of DuckDB itself fail too."""
    count, start = Count("file size limits"), Start(folder)

    def limit(size: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    for _ in range(tries):
        size = rng.randint(1, 3_000_000)
        with start.copy() as home:
            _elsewhere(home.settings, lambda s=size: limit(s))
            kills.run(home)
            count.add(f"limit {size}", start.problems(home))
    return count


def memory(folder: Path, rng: random.Random, tries: int) -> Count:
    """DuckDB, or the whole process, may use very little memory: a clean error or the right answer."""
    count, start = Count("memory limits"), Start(folder)

    def limit(size: int) -> None:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + size, used + size))

    for number in range(tries):
        with start.copy() as home:
            if number % 2:
                size = rng.randint(1 << 20, 400 << 20)
                _elsewhere(home.settings, lambda s=size: limit(s))
                what = f"process {size >> 20} MB"
            else:
                size = rng.randint(3, 40)
                _elsewhere(replace(home.settings, memory_limit=f"{size}MB"), lambda: None)
                what = f"DuckDB {size} MB"
            kills.run(home)
            count.add(what, start.problems(home))
    return count


def full_disk(folder: Path, rng: random.Random, tries: int) -> Count:
    """A home on a small file system of its own that is full for an hour of runs; then there is room again.

    Whoever sent the file must not hear that it was at fault: it is neither refused nor put aside meanwhile.
    """
    count = Count("full disk")
    mount = folder / "small"
    mount.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        count.skipped = "needs root and the right to mount"
        return count
    try:
        starts = [Start(folder, kind) for kind in ("csv", "xlsx")]
        for number in range(tries):
            start = starts[number % 2]
            home = Home.make(mount / "home")
            subprocess.run(["cp", "-r", f"{start.home.settings.home}/.", str(home.settings.home)], check=True)
            free = os.statvfs(mount)
            room = int(rng.random() ** 2 * _MOST_ROOM)
            with (mount / "ballast").open("wb") as ballast:
                ballast.truncate(0)
                os.posix_fallocate(ballast.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))
            for _ in range(attempts.MOST + 1):
                _elsewhere(home.settings, lambda: None)
            (mount / "ballast").unlink()
            kills.run(home)
            count.add(f"{start.kind} with room {room}", start.problems(home))
            subprocess.run(["rm", "-rf", str(home.settings.home)], check=True)
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=False)
    return count


def clock_jumps(folder: Path, _: random.Random, tries: int) -> Count:
    """The day of receipt jumps back and forth between runs: nothing twice, nothing lost, order by receipt."""
    count, start = Count("clock jumps"), Start(folder)
    for number in range(tries):
        with start.copy() as home:
            for path in home.settings.ingest.rglob("*.csv"):
                os.utime(path, (0, 0) if number % 2 else (4e9, 4e9))
            home.ingest(DAY)
            again = (start.folder / "prepared-csv" / "ingest" / "medical" / "enrolments" / "roster.csv").read_bytes()
            home.drop("medical/enrolments", "again.csv", again)
            [landed] = home.ingest(DAY - timedelta(days=400 * (number + 1)))
            rows = home.ask("select count(*) from raw.medical__enrolments")
            count.add(f"jump {number}", {"duplicated": int(landed.status != "duplicate"), "lost": int(rows != [(30,)])})
    return count


if sys.platform != "linux":
    raise RuntimeError("the torture needs Linux: limits, mounts and signals")
