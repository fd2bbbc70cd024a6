"""A run in parts: each part is a process of its own, its outcome one line of a table, so that a run can go on later.

Data in: classes, a seed, the table so far. Data out: the parts that are planned, their counts.
A line belongs to one state of the code: after any change of it the parts are run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.torture.classes import CLASSES
from tests.torture.table import Count

ROOT = Path(__file__).resolve().parents[2]
_SOURCES = (
    "connectors",
    "identity",
    "pipeline",
    "expectations",
    "dbt_project",
    "dags",
    "service",
    "simulator",
    "tests",
)
_ENDINGS = {".py", ".sql", ".yml", ".yaml", ".csv", ".c"}
_LEFT_OUT = {"target", "logs", "__pycache__"}
_PART_SECONDS = 3600
_IS_ERROR = re.compile(r"[\w.]*(Error|Exception|Interrupt)\b")
_LINES_SAID = 3


@dataclass(frozen=True)
class Part:
    """One share of a class: ``tries`` of them, or the ``number``-th share of what is enumerated."""

    name: str
    number: int
    of: int
    tries: int
    seed: int


def plan(only: Sequence[str], seed: int, *, tries: int | None, is_sample: bool) -> list[Part]:
    """Every part of a run, the long classes first, so that no core waits at the end."""
    found = []
    for name, one in CLASSES.items():
        wanted = tries if tries is not None else (one.sample if is_sample else one.whole)
        if (only and name not in only) or not wanted:
            continue
        of = 1 if is_sample or tries is not None else one.parts
        each = wanted if one.is_listed else -(-wanted // of)
        found += [Part(name, number, of, each, seed) for number in range(1, of + 1)]
    return sorted(found, key=lambda part: (-CLASSES[part.name].seconds, part.name, part.number))


def run_here(name: str, number: str, of: str, seed: int, tries: int | None) -> Count:
    """Run one part in this process."""
    folder = Path(tempfile.mkdtemp(prefix=f"onetable-torture-{name}-"))
    began = time.monotonic()
    try:
        rng = random.Random(f"{seed} {name} {number}/{of}")
        count = CLASSES[name].run(folder, rng, tries or 1, int(number) - 1, int(of))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    count.seconds = time.monotonic() - began
    return count


def run_elsewhere(part: Part) -> Count:
    """Run one part in a process of its own; one that dies counts as one try that did not survive."""
    command = [
        sys.executable, "-m", "tests.torture", "--part", part.name, str(part.number), str(part.of),
        "--seed", str(part.seed), "--tries", str(part.tries),
    ]  # fmt: skip
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PART_SECONDS, cwd=ROOT)
        return Count.from_json(json.loads(done.stdout.splitlines()[-1]))
    except (subprocess.TimeoutExpired, ValueError, IndexError) as problem:
        count = Count(CLASSES[part.name].title, seconds=time.monotonic() - began)
        said = []
        if not isinstance(problem, subprocess.TimeoutExpired):
            said = [line for line in done.stderr.splitlines() if _IS_ERROR.match(line)][-_LINES_SAID:]
            said.append(f"exit {done.returncode}")
        count.add(f"part {part.number}", {"other": 1}, f"ended by itself: {type(problem).__name__} {said}")
        return count


def code_state() -> str:
    """What the lines of a table belong to: a hash over the product and the tests."""
    digest = hashlib.sha256()
    for root in _SOURCES:
        for path in sorted((ROOT / root).rglob("*")):
            if path.suffix in _ENDINGS and path.is_file() and not _LEFT_OUT & set(path.parts):
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def load(table: Path, code: str, planned: Sequence[Part]) -> dict[Part, Count]:
    """The parts of ``planned`` that the table holds for this state of the code."""
    if not table.is_file():
        return {}
    lines = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    known = {Part(**line["part"]): Count.from_json(line["count"]) for line in lines if line["code"] == code}
    return {part: known[part] for part in planned if part in known}


def append(table: Path, code: str, part: Part, count: Count) -> None:
    """Add one line."""
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("a", encoding="utf-8") as stream:
        line = {"code": code, "part": asdict(part), "count": count.to_json()}
        stream.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
