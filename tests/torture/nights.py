"""Nights that are killed: build, gate, publication, ledger and workbooks, of a home with a handful of made-up results.

Data in: the fault points of these steps, or chance. Data out: whether the night after it is that of an undisturbed
home: one publication with the same hash, the same ledger, the same workbooks, nothing left over.
dbt itself is stood in for, since it takes seconds; killed in the middle of real dbt: tests/e2e/test_run_kill.py.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

import great_expectations  # noqa: F401 - once, in the process that the killed ones are forked from

import pipeline.candidate.build
from connectors import faults
from connectors.warehouse import open_database
from expectations import gate  # noqa: F401
from pipeline import audit
from pipeline.ledger.proof import check_ledger
from pipeline.night.reconcile import reconcile
from pipeline.publication import publish
from pipeline.settings import Settings
from pipeline.upkeep.fsck import _publications
from tests.integration.candidate_builder import (
    AS_OF,
    CANARY_ID,
    CANARY_NAME,
    a_home,
    a_project,
    a_submission,
    quick_build,
)
from tests.torture.kills import KILLED, ended, points
from tests.torture.table import Count

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.torture.nights", "tests.integration.landing_home"])
PREFIXES = ("build_", "gate_", "publish_", "ledger_", "push_")
SUBMISSION = "medical-enrolments-000000000001"
_IN_CLEAR = ("outbox", "dbt_project")


def _night(settings: Settings, project: Path, point: str) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.dup2(2, 1)
    faults._POINT, _, passes = point.partition(":")
    faults._passes_left[0] = int(passes or 1)
    pipeline.candidate.build.build = quick_build  # type: ignore[assignment]
    reconcile(settings, AS_OF, project=project)
    os._exit(0)


class Start:
    """A home with one delivery before its first night, and the same home after an undisturbed one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, a_project(folder)
        self.settings = a_home(folder / "prepared")
        a_submission(self.settings, SUBMISSION, received_on=AS_OF)
        self.undisturbed = self.copy("undisturbed")
        began = time.monotonic()
        self.run(self.undisturbed)
        self.seconds = time.monotonic() - began
        self.wanted = self.seen(self.undisturbed)

    def copy(self, name: str) -> Settings:
        """A home of its own that nothing has happened in yet."""
        target = self.folder / name
        shutil.copytree(self.settings.home, target)
        return Settings(home=target, settle_seconds=0.0, threads=2, memory_limit="1GB", wait_seconds=20.0)

    def run(self, settings: Settings, point: str = "", kill_after: float | None = None) -> int | None:
        """One night in a process of its own; its exit code."""
        process = _SERVER.Process(target=_night, args=(settings, self.project, point))
        process.start()
        if kill_after is not None:
            process.join(kill_after)
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGKILL)
        ended(process)
        return process.exitcode

    def seen(self, settings: Settings) -> dict[str, object]:
        """What a reader sees: the publication in force, the issues, the workbooks."""
        now = publish.current(settings)
        issues = settings.published / "issues" / "manifest.json"
        return {
            "publication": publish.manifest(now)["export_sha256"] if now else None,
            "publications": len(publish.publications(settings)),
            "issues": json.loads(issues.read_text())["export_sha256"] if issues.is_file() else None,
            "batches": _batches(settings),
            "outbox": sorted(str(path.relative_to(settings.outbox)) for path in settings.outbox.rglob("*.xlsx")),
        }

    def problems(self, settings: Settings) -> dict[str, int]:
        """What of the promises does not hold after a night that ended."""
        found = self.seen(settings)
        is_lost = any(found[name] is None for name in ("publication", "issues"))
        return {
            "lost": int(is_lost),
            "torn": int(not is_lost and found != self.wanted),
            "leaked": leaks(settings),
        }


def amiss(settings: Settings) -> list[str]:
    """What is left over or does not prove itself after a night that ended."""
    left = [path for path in settings.home.rglob(".*") if path.name not in (".now", ".user.yml")]
    left += list(settings.work.glob("candidate-*"))
    return [
        *(f"left {path.relative_to(settings.home)}" for path in left),
        *map(str, _publications(settings)),
        *map(str, check_ledger(settings)),
        *map(str, audit.verify(settings)),
    ]


def torn(settings: Settings) -> int:
    """Publications that can be seen, without a night after the kill, and are not whole."""
    return len(list(_publications(settings)))


def _batches(settings: Settings) -> list[tuple[object, ...]]:
    con = open_database(settings.warehouse, read_only=True)
    try:
        return con.execute("select batch_seq, event_count, state_sha256, chain_sha256 from ledger.batches").fetchall()
    finally:
        con.close()


def leaks(settings: Settings) -> int:
    """Files outside the departments' own folders that show the person of the made-up results."""
    hits = 0
    for path in settings.home.rglob("*"):
        if path.is_file() and path.relative_to(settings.home).parts[0] not in _IN_CLEAR:
            content = path.read_bytes()
            hits += CANARY_ID.encode() in content or CANARY_NAME.encode() in content
    return hits


def _add(start: Start, settings: Settings, count: Count, what: str, other: int, half: int) -> None:
    problems, said = start.problems(settings), amiss(settings)
    what = "; ".join([what, *(["not finished"] if other else []), *said])
    count.add(what, {**problems, "torn": problems["torn"] + half, "other": len(said) + other})
    shutil.rmtree(settings.home, ignore_errors=True)


def at_named_points(folder: Path, rng: random.Random, percent: int, share: int, shares: int) -> Count:
    """Killed at each named point of the night; the next night completes it."""
    count, start = Count("night points"), Start(folder)
    named = sorted({point for prefix in PREFIXES for point in points(prefix)} - {"build_middle"} | {"build_middle:3"})
    for number, point in enumerate(named[share::shares]):
        if rng.random() * 100 > percent:
            continue
        settings = start.copy(f"point-{number}")
        was_killed = start.run(settings, point) == KILLED
        half = torn(settings)
        finished = start.run(settings) == 0
        _add(start, settings, count, point, (not was_killed) + (not finished), half)
    return count


def at_random(folder: Path, rng: random.Random, tries: int) -> Count:
    """Killed after a random time; the next night completes it."""
    count, start = Count("night kills"), Start(folder)
    for number in range(tries):
        settings = start.copy(f"kill-{number}")
        start.run(settings, kill_after=rng.uniform(0, start.seconds))
        half = torn(settings)
        finished = start.run(settings) == 0
        _add(start, settings, count, f"kill {number}", int(not finished), half)
    return count
