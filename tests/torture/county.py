"""A small home that tortures start from, and what must hold after each of them."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openpyxl import Workbook

from pipeline import keys
from pipeline.upkeep.fsck import fsck
from tests.integration.landing_home import Home, enrolments, id_no, name

FEED = "medical/enrolments"
ROWS = 30
TABLES = ("meta.submissions", "meta.row_codes", "meta.rejected_keys", "raw.medical__enrolments")


def workbook(folder: Path, text: str) -> bytes:
    """The rows of a CSV text as a workbook."""
    book = Workbook()
    for line in text.splitlines():
        book.active.append(line.split(","))
    book.save(folder / "book.xlsx")
    return (folder / "book.xlsx").read_bytes()


class Start:
    """A home with villages and a roster that waits, and the same home after an undisturbed ingest."""

    def __init__(self, folder: Path, kind: str = "csv") -> None:
        self.folder, self.kind = folder, kind
        self.home = Home.make(folder / f"prepared-{kind}").with_villages()
        text = enrolments(ROWS, masked=2)
        content: str | bytes = text if kind == "csv" else workbook(folder, text)
        self.home.drop(FEED, f"roster.{kind}", content)
        self.home.drop(FEED, f"roster.{kind}.meta.json", json.dumps({"period": "202006"}))
        keys.ready(self.home.settings)
        self.undisturbed = Home.make(folder / f"undisturbed-{kind}")
        shutil.copytree(self.home.settings.home, self.undisturbed.settings.home, dirs_exist_ok=True)
        self.undisturbed.ingest()
        self.wanted = self.undisturbed.contents()
        self.answers = self.undisturbed.files("outbox")
        self.vault = self.undisturbed.files("vault/originals").keys()

    @contextmanager
    def copy(self) -> Iterator[Home]:
        """A copy of the prepared home, removed afterwards."""
        target = self.folder / f"try-{random.getrandbits(48):012x}"
        shutil.copytree(self.home.settings.home, target)
        try:
            yield Home.make(target)
        finally:
            shutil.rmtree(target, ignore_errors=True)

    def problems(self, home: Home) -> dict[str, int]:
        """What of the promises does not hold in ``home`` after it has been run to its end."""
        found = home.contents()
        lost = duplicated = 0
        for table in TABLES:
            wanted, there = Counter(map(repr, self.wanted[table])), Counter(map(repr, found[table]))
            lost += sum((wanted - there).values())
            duplicated += sum((there - wanted).values())
        answers = home.files("outbox")
        strays = [len(home.files(below)) for below in ("ingest", "work", "state/claims", "state/outgoing")]
        return {
            "lost": lost + len(self.answers.keys() - answers.keys()),
            "duplicated": duplicated + len(answers.keys() - self.answers.keys()),
            "torn": sum(answers[path] != content for path, content in self.answers.items() if path in answers),
            "leaked": leaks(home),
            "other": sum(strays) + len(fsck(home.settings)) + (home.files("vault/originals").keys() != self.vault),
        }


def leaks(home: Home) -> int:
    """Files outside the departments' own folders that show an id or a name of the roster in clear."""
    canaries = [text.encode() for number in (0, 7, ROWS - 1) for text in (id_no(number), name(number))]
    hits = 0
    for path in home.settings.home.rglob("*"):
        if path.is_file() and path.relative_to(home.settings.home).parts[0] not in ("ingest", "outbox"):
            content = path.read_bytes()
            hits += any(canary in content for canary in canaries)
    return hits
