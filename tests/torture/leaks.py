"""A whole night with known people, and a search for their ids and names in everything that was written.

Data in: a simulated county. Data out: files outside the departments' own folders that show one of them in clear.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.torture.table import Count

_ALLOWED = ("ingest", "outbox", "truth")
"""What the departments sent and what is theirs; the simulator's truth, which no real home has."""
_PEOPLE = 12


def _onetable(home: Path, *words: str) -> str:
    environment = {**os.environ, "ONETABLE_HOME": str(home)}
    command = [sys.executable, "-m", "pipeline.cli", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    return done.stdout + done.stderr


def _canaries(home: Path, rng: random.Random) -> list[bytes]:
    """Ids of people in the registry's list as it was sent, valid ones and such as were rejected."""
    found: set[str] = set()
    for path in (home / "truth").glob("links.csv"):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            person = line.rsplit(",", 1)[-1].strip()
            if len(person) == 18 and person[:17].isdigit():
                found.add(person)
    return [person.encode() for person in rng.sample(sorted(found), min(_PEOPLE, len(found)))]


def night(folder: Path, rng: random.Random, tries: int) -> Count:
    """Ingest with its gate, reconcile, documents, backup; then every file is searched, and what was printed."""
    del tries
    count = Count("canaries")
    home = folder / "home"
    _onetable(home, "simulate", "--seed", "9", "--households", "60", "--corrupt", "0.3", "--out", str(home))
    said = "".join(
        _onetable(home, *words) for words in (["ingest"], ["reconcile"], ["mismatches", "--rows"], ["status"])
    )
    environment = {**os.environ, "ONETABLE_HOME": str(home)}
    documented = subprocess.run(
        [sys.executable, "-m", "pipeline.document"], env=environment, capture_output=True, text=True, check=False
    )
    said += (
        documented.stdout + documented.stderr + _onetable(home, "backup") + _onetable(home, "audit", "show", "--json")
    )
    canaries = _canaries(home, rng)
    for number, canary in enumerate(canaries):
        hits = canary.decode() in said
        for path in home.rglob("*"):
            if path.is_file() and path.relative_to(home).parts[0] not in _ALLOWED:
                hits += canary in path.read_bytes() or canary.decode() in path.name
        count.add(f"canary {number}", {"leaked": hits})
    published = json.loads(_onetable(home, "publish", "--json") or "{}")
    count.add("the night was whole", {"other": int(not published.get("export_sha256") or not canaries)})
    return count
