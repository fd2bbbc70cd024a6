"""Two at once: two ingests of one home, a foreign holder of the lock, a file that changes while it is copied."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
import time
from pathlib import Path

from connectors import originals
from connectors.warehouse import WarehouseBusyError, hold
from pipeline.receiving.ingest import LOCK
from tests.integration.landing_home import Home, enrolments
from tests.torture import kills
from tests.torture.county import FEED, Start
from tests.torture.kills import _ingest
from tests.torture.table import Count

_FORK = multiprocessing.get_context("fork")


def double_runs(folder: Path, _: random.Random, tries: int) -> Count:
    """Two ingests at once: one wins, the other waits or finds nothing."""
    count, start = Count("double runs"), Start(folder)
    for number in range(tries):
        with start.copy() as home:
            runs = [_FORK.Process(target=_ingest, args=(home.settings,)) for _ in range(2)]
            for run in runs:
                run.start()
            for run in runs:
                kills.ended(run)
            count.add(f"pair {number}", start.problems(home))
    return count


def foreign_holders(folder: Path, _: random.Random, tries: int) -> Count:
    """Somebody else keeps the lock: a bounded wait, one clear exception, nothing changed; later all is well."""
    count, start = Count("foreign lock holders"), Start(folder)
    for number in range(tries):
        with start.copy() as home:
            impatient = Home(home.settings.__class__(**{**vars(home.settings), "wait_seconds": 0.3}))
            began, was_told = time.monotonic(), False
            with hold(home.settings.state / LOCK):
                try:
                    impatient.ingest()
                except WarehouseBusyError:
                    was_told = time.monotonic() - began < 5
            home.ingest()
            problems = start.problems(home)
            count.add(f"holder {number}", {**problems, "other": problems["other"] + (not was_told)})
    return count


def changing_files(folder: Path, rng: random.Random, tries: int) -> Count:
    """A file that grows, shrinks or is replaced while it is taken is left for the next look, then read whole."""
    count, start = Count("changing files"), Start(folder)
    for number in range(tries):
        with start.copy() as home:
            path = home.drop(FEED, "growing.csv", enrolments(400, first=200))
            [waiting] = [one for one in originals.look(path.parent) if one.path == path]
            stop = threading.Event()

            def disturb(path: Path = path, stop: threading.Event = stop, kind: int = number % 3) -> None:
                while not stop.is_set():
                    if kind == 0:
                        with path.open("ab") as stream:
                            stream.write(b"\n")
                    elif kind == 1:
                        os.truncate(path, max(1, path.stat().st_size - 7))
                    else:
                        other = path.with_name(".other.tmp")
                        other.write_bytes(b"x" * rng.randint(1, 100))
                        other.replace(path)
                    time.sleep(0.0005)

            thread = threading.Thread(target=disturb)
            thread.start()
            time.sleep(0.02)
            try:
                originals.take(waiting, home.settings.originals)
                was_refused = False
            except originals.ChangedError:
                was_refused = True
            stop.set()
            thread.join()
            path.unlink()
            home.ingest()
            problems = start.problems(home)
            count.add(f"file {number}", {**problems, "torn": int(not was_refused)})
    return count
