"""Every N-th write, fsync, rename and mkdir of the landing fails once, or is its last: Python's and DuckDB's own.

Data in: a home with a file that waits; a small library that is preloaded (failing_calls.c). Data out: whether the next
run, without the fault, ends as an undisturbed one. Needs a C compiler, and says so where there is none.
"""

from __future__ import annotations

import ctypes
import errno
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.receiving.ingest import ingest_waiting
from pipeline.settings import Settings
from pipeline.upkeep.fsck import fsck
from tests.integration.landing_home import DAY, Home
from tests.torture import kills
from tests.torture.county import Start
from tests.torture.damage import build_again
from tests.torture.table import Count

KINDS = ("write", "fsync", "rename", "mkdir")
_SHORT, _DIES, _DIES_HALF_WRITTEN = 0, -1, -2
_SAID = {_SHORT: "short", _DIES: "killed before", _DIES_HALF_WRITTEN: "killed half written"}
_EACH = (errno.EIO, errno.ENOSPC, _DIES)
_CODES = dict.fromkeys(KINDS, _EACH) | {"write": (*_EACH, _SHORT, _DIES_HALF_WRITTEN)}
_FORK = multiprocessing.get_context("fork")
_ROOT = Path(__file__).resolve().parents[2]


def _library() -> ctypes.CDLL | None:
    here = ctypes.CDLL(None)
    return here if hasattr(here, "onetable_arm") else None


def _in_child(settings: Settings, work: Callable[[], None]) -> None:
    def child() -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        work()
        ingest_waiting(settings, received_on=DAY)

    process = _FORK.Process(target=child)
    process.start()
    if not kills.ended(process):
        process.kill()
        process.join()


def _calls(start: Start, library: ctypes.CDLL) -> dict[str, int]:
    """How often an undisturbed landing calls each."""
    told = start.folder / "calls.json"
    with start.copy() as home:

        def count_them() -> None:
            library.onetable_arm(os.fsencode(home.settings.home), len(KINDS), 0, 0)
            ingest_waiting(home.settings, received_on=DAY)
            seen = {kind: library.onetable_seen(place) for place, kind in enumerate(KINDS)}
            told.write_text(json.dumps(seen))

        _in_child(home.settings, count_them)
    return dict(json.loads(told.read_text()))


def _says_it_is_damaged(home: Home) -> bool:
    """A block that DuckDB wrote in place was torn between two pages: told, and what the runbook says mends it."""
    return any("请用原件重建" in finding or "身份库无法读取" in finding for finding in fsck(home.settings))


def nth_call(folder: Path, rng: random.Random, tries: int, share: int, shares: int) -> Count:
    """Each N × each error (a sample: ``tries`` of them); ``share`` of ``shares``."""
    library = _library()
    if library is None:
        return _preloaded(folder, rng, tries, share, shares)
    count, start = Count("the N-th call fails"), Start(folder)
    every = [
        (kind, number, code)
        for kind, calls in _calls(start, library).items()
        for number in range(1, calls + 1)
        for code in _CODES[kind]
    ]
    mine = every[share::shares]
    for kind, number, code in mine if tries >= len(mine) else rng.sample(mine, tries):
        with start.copy() as home:
            below = os.fsencode(home.settings.home)
            place = KINDS.index(kind)
            _in_child(home.settings, lambda b=below, p=place, n=number, c=code: library.onetable_arm(b, p, n, c))
            was_clean = kills.run(home) == 0
            if code == _DIES_HALF_WRITTEN and not was_clean:
                was_clean = _says_it_is_damaged(home)
                build_again(home)
            problems = start.problems(home)
            what = f"{kind} {number} {errno.errorcode.get(code) or _SAID[code]}"
            count.add(what, {**problems, "other": problems["other"] + (not was_clean)})
    return count


def _preloaded(folder: Path, rng: random.Random, tries: int, share: int, shares: int) -> Count:
    """The same in a process that has the library."""
    count = Count("the N-th call fails")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        count.skipped = "needs a C compiler"
        return count
    library = folder / "failing_calls.so"
    source = Path(__file__).with_name("failing_calls.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    code = (
        "import json, random, sys; from pathlib import Path; from tests.torture.system_calls import nth_call;"
        "count = nth_call(Path(sys.argv[1]), random.Random(sys.argv[2]), *map(int, sys.argv[3:]));"
        "print(json.dumps(count.to_json()))"
    )
    words = [str(folder), str(rng.random()), str(tries), str(share), str(shares)]
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, cwd=_ROOT, capture_output=True, text=True, check=True
    )
    return Count.from_json(json.loads(done.stdout.splitlines()[-1]))
