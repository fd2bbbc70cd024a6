"""A whole night with known people, and a search for their ids and names in everything that was written or said.

Data in: a simulated county with damaged rows. Data out: per person, in how many places outside the departments' own
folders the id or the name stands in clear: files (their names too), what commands print, command lines and
environments of processes while they run. What Airflow keeps is searched by tests/torture/airflow.py and the e2e tests.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import psutil

from tests.torture.table import Count

ALLOWED = ("ingest", "outbox", "truth")
"""What the departments sent and what is theirs; the simulator's truth, which no real home has."""
_PEOPLE = 12
_SHORTEST_NAME = 3
_ROOT = Path(__file__).resolve().parents[2]
_SEARCH_EVERY = 0.2


def people(home: Path, rng: random.Random, count: int = _PEOPLE) -> list[tuple[str, str]]:
    """Ids with names of people of the register, as they were sent: no name that a text of the product holds."""
    ids = _true_ids(home)
    ours = "\n".join(
        path.read_text(encoding="utf-8")
        for root in ("connectors", "dbt_project", "expectations", "pipeline", "identity", "docs")
        for path in (_ROOT / root).rglob("*")
        if path.suffix in {".py", ".sql", ".yml", ".yaml", ".csv", ".md", ".html"} and path.is_file()
    )
    [(file, *_)] = [sorted((home / "ingest" / "registry" / "persons").glob("*.xlsx"))]
    rows = list(openpyxl.load_workbook(file, read_only=True).active.iter_rows(values_only=True))
    head = next(row for row in rows if row and "姓名" in row)
    name_at = head.index("姓名")
    id_at = next(place for place, text in enumerate(head) if text and "证" in str(text) and "号" in str(text))
    found = {
        (str(row[id_at]), str(row[name_at]))
        for row in rows
        if str(row[id_at]) in ids and len(str(row[name_at])) >= _SHORTEST_NAME and str(row[name_at]) not in ours
    }
    return rng.sample(sorted(found), min(count, len(found)))


def _true_ids(home: Path) -> set[str]:
    with (home / "truth" / "links.csv").open(encoding="utf-8", newline="") as stream:
        return {row["person"] for row in csv.DictReader(stream) if len(row["person"]) == len("610099197001010011")}


def forms(text: str) -> list[bytes]:
    """How a text may stand in a file: as it is, escaped as JSON does it, in UTF-16 and in GBK."""
    escaped = json.dumps(text)[1:-1].encode()
    return list(dict.fromkeys([text.encode(), escaped, text.encode("utf-16-le"), text.encode("gb18030")]))


def hits(home: Path, canaries: Sequence[str], allowed: Sequence[str] = ALLOWED) -> dict[str, list[str]]:
    """Canary → the files below ``home`` that show it, by content or by name."""
    wanted = {canary: forms(canary) for canary in canaries}
    found: dict[str, list[str]] = {canary: [] for canary in canaries}
    for path in home.rglob("*"):
        inside = path.relative_to(home)
        if inside.parts[0] in allowed:
            continue
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        for canary, texts in wanted.items():
            if canary in str(inside) or any(text in content for text in texts):
                found[canary].append(str(inside))
    return found


@contextmanager
def watched(said: set[str]) -> Iterator[None]:
    """Collect command lines and environments of everything that this process starts meanwhile."""
    stop = threading.Event()

    def look() -> None:
        me = psutil.Process()
        while not stop.wait(_SEARCH_EVERY):
            for process in me.children(recursive=True):
                try:
                    said.add(" ".join(process.cmdline()))
                    said.add(" ".join(f"{name}={value}" for name, value in process.environ().items()))
                except psutil.Error:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(home: Path, *words: str) -> str:
    environment = {**os.environ, "ONETABLE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", *words], env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    return done.stdout + done.stderr


def night(folder: Path, rng: random.Random, tries: int) -> Count:
    """Ingest with its gate, reconcile, documents, questions, backup; then everything is searched for each person."""
    count, home = Count("canaries"), folder / "home"
    _run(home, "pipeline.cli", "simulate", "--seed", "9", "--households", "60", "--corrupt", "0.3", "--out", str(home))
    chosen = people(home, rng, tries)
    processes: set[str] = set()
    with watched(processes):
        said = "".join(
            _run(home, *words)
            for words in (
                ("pipeline.cli", "ingest"),
                ("pipeline.cli", "reconcile"),
                ("pipeline.pages.document",),
                ("pipeline.cli", "mismatches", "--rows"),
                ("pipeline.cli", "issues"),
                ("pipeline.cli", "lists"),
                ("pipeline.cli", "status"),
                ("pipeline.cli", "fsck"),
                ("pipeline.cli", "backup"),
                ("pipeline.cli", "audit", "show", "--json"),
            )
        )
    published = json.loads(_run(home, "pipeline.cli", "publish", "--json") or "{}")
    files = hits(home, [text for pair in chosen for text in pair])
    for number, pair in enumerate(chosen):
        places = [place for text in pair for place in files[text]]
        spoken = sum(text in said or any(text in one for one in processes) for text in pair)
        count.add(f"canary {number}", {"leaked": len(places) + spoken}, " ".join(sorted(set(places))[:5]))
    is_whole = bool(published.get("export_sha256")) and len(chosen) == tries and bool(processes)
    count.add("the night was whole", {"other": int(not is_whole)})
    return count
