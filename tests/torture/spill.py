"""Work that does not fit into memory spills; the spill's file system fills up, or its files may not grow.

Data in: a table with a known person in every row. Data out: a clean error or the right answer, nothing of the person in
the spilled files while it runs, no spilled file afterwards.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import time
from pathlib import Path

from connectors.warehouse import DatabaseError, open_work
from tests.integration.landing_home import id_no
from tests.torture.table import Count

_FORK = multiprocessing.get_context("fork")
_ROWS = 1_500_000
_CLEAN, _RIGHT, _WRONG = 3, 0, 9
_SECONDS = 120


def _work(folder: Path, limit: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        con = open_work(threads=2, memory_limit="60MB", spill=folder)
        con.execute(f"create temp table people as select '{id_no(3)}' || i as who, i from range({_ROWS}) as r(i)")
        found = con.execute("select count(*), max(n) from (select row_number() over (order by who) as n from people)")
        os._exit(_RIGHT if found.fetchall() == [(_ROWS, _ROWS)] else _WRONG)
    except (DatabaseError, MemoryError):
        os._exit(_CLEAN)


def limits(folder: Path, rng: random.Random, tries: int) -> Count:
    """Spilled files may grow to a random size only."""
    count = Count("spill limits")
    for number in range(tries):
        target = folder / f"spill-{number}"
        target.mkdir()
        limit = rng.choice((200_000, 2_000_000, 20_000_000, 1 << 30))
        process = _FORK.Process(target=_work, args=(target, limit))
        process.start()
        leaked = spilled = 0
        began = time.monotonic()
        while process.is_alive() and time.monotonic() - began < _SECONDS:
            for path in target.rglob("*"):
                try:
                    content = path.read_bytes()
                except OSError:
                    continue
                spilled += len(content)
                leaked += id_no(3).encode() in content
            time.sleep(0.02)
        process.kill()
        process.join()
        is_clean = process.exitcode in (_RIGHT, _CLEAN)
        count.add(
            f"limit {limit}", {"leaked": leaked, "other": int(not is_clean or not spilled)}, str(process.exitcode)
        )
    return count
