"""``python -m tests.bench.season [HOUSEHOLDS] [NIGHTS] [FOLDER]``: a season of forty whole nights, one a day, scored.

With a FOLDER the nights are kept: the same command goes on after the last one that was lived through to its end, and
compares those before it once more.

Data in: the script (season_script.py) and what must follow from it (season_truth.py). Data out: a line per night and
what was not as it had to be; exit 1 if anything.
Nothing is played: departments drop files, the product takes them in, builds with dbt, gates, publishes, keeps its
ledger and pushes workbooks; clerks fill in the pushed workbooks and drop them back, officers use the command line.
Every night every issue of the county, not the scripted ones only, is held against the truth, and every workbook
against the issues it must hold; at the end every past night is computed again and held against what was published then.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl

from connectors import keyfiles
from connectors.contract import SECTORS
from connectors.outbox import corrections, issues
from connectors.warehouse import Connection
from identity import tokens
from pipeline.ledger import state
from pipeline.ledger.night import opened, state_after
from pipeline.settings import load
from tests.bench.season_script import BASELINES, CASES, FIRST, NIGHTS, PEOPLE, day
from tests.bench.season_truth import Key, Told, Truth, files_of
from tests.builders.replies import return_list

HOUSEHOLDS = 80
TAKEN = ("accepted", "duplicate")
_SHOWN = 8
"""So many differences of a night are printed."""


def onetable(home: Path, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words],
        env={**os.environ, "ONETABLE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(done.stdout) if "--json" in words else done.stdout


class Brief(NamedTuple):
    """An issue as it was published, for computing it again."""

    told: Told
    round: str
    case_id: str
    last_seen_on: str


class Play:
    """The nights so far."""

    def __init__(self, folder: Path, households: int) -> None:
        self.home, self.nights = folder / "home", folder / "nights"
        self.truth = Truth(households, folder / "counties", self._token)
        self.names: dict[str, list[str]] = {}
        self.ids: dict[tuple[Key, int], str] = {}
        self.published: list[tuple[int, dict[str, Brief]]] = []
        self.wrong: list[str] = []
        self.compared = 0

    def _token(self, text: str) -> str:
        return tokens.token(keyfiles.load(load(self.home).token_key), text)

    def deliver(self, night: int) -> None:
        """Drop the lists that are due before this night."""
        for feed, path in files_of(self.truth, night):
            target = self.home / "ingest" / feed / f"{path.stem}_{night}{path.suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(target, "a") as book:
                    # Saved anew each time: a list that is as it was some lists ago is no duplicate.
                    book.comment = day(night).isoformat().encode()

    def reply(self, night: int) -> None:
        """Clerks fill in what was pushed the night before, and drop it back; every list lies under its own name."""
        said: dict[str, list[tuple[str, dict[str, str]]]] = {}
        for key, case in self.truth.script.items():
            for on, where, answer in case.replies:
                if on == night:
                    words = {**PEOPLE, "回复日期": day(night).isoformat(), **answer}
                    said.setdefault(where, []).append((self.ids[key, 1], words))
        for where, answers in said.items():
            is_correction = where == "corrections"
            sector = "medical" if is_correction else where
            layout, name = (corrections.LAYOUT, "数据更正单") if is_correction else (issues.LAYOUT, "问题清单")
            [path] = (self.home / "outbox" / sector).glob(f"*{name}.xlsx")
            return_list(self.home, sector, path, layout, dict(answers), mark=f"_{night}")

    def decide(self, night: int) -> None:
        """What officers do in the morning after a night."""
        told = ("--by", "测复核", "--reason", "依据材料", "--decided-on", day(night).isoformat())
        for key, case in self.truth.script.items():
            for after, words in case.decisions:
                if after == night:
                    onetable(self.home, "sign", self.ids[key, 1], *words, *told)
        if night in BASELINES:
            onetable(self.home, "baseline", BASELINES[night], "--by", "测复核", "--on", day(night).isoformat())

    def keep(self, night: int) -> None:
        """Keep what was published and pushed in a night."""
        kept = self.nights / str(night)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.home / "published" / "issues" / "export", kept / "export")
        shutil.copyfile(self.home / "published" / "issues" / "manifest.json", kept / "manifest.json")
        for book in (self.home / "outbox").glob("*/*问题清单.xlsx"):
            (kept / book.parent.name).mkdir(exist_ok=True)
            shutil.copyfile(book, kept / book.parent.name / book.name)

    def look(self, night: int) -> None:
        """Hold what was published against what must be true, issue by issue."""
        kept = self.nights / str(night)
        rows = _csv(kept / "export" / "issues.csv")
        wanted = self.truth.look(night)
        found = {(_key(row), int(row["round"])): row for row in rows}
        if len(found) < len(rows):
            self.wrong.append(f"night {night}: {len(rows)} issues about {len(found)} differences")
        for one in sorted(wanted.keys() | found.keys()):
            told = _told(found[one]) if one in found else None
            if told != wanted.get(one):
                case = self.truth.script.get(one[0])
                name = case.name if case else "follows"
                self.wrong.append(f"night {night}, {one} ({name}): {told}, not {wanted.get(one)}")
        self.compared += len(wanted)
        self.ids = {one: row["issue_id"] for one, row in found.items()}
        self._look_at_workbooks(night, wanted)
        manifest = json.loads((kept / "manifest.json").read_text(encoding="utf-8"))
        self.published.append((manifest["cut"], {row["issue_id"]: _brief(row) for row in rows}))

    def _look_at_workbooks(self, night: int, wanted: dict[tuple[Key, int], Told]) -> None:
        """Each department holds its open issues, once each, in the same workbook; only what is new is marked so."""
        today = day(night).isoformat()
        for sector in SECTORS:
            books = list((self.nights / str(night) / sector).glob("*问题清单.xlsx"))
            held = Counter(line for book in books for line in _lines(book))
            mine = Counter(
                (self.ids.get(one, ""), told.found_on == today)
                for one, told in wanted.items()
                if told.owner == sector and told.state not in ("cleared", "waived", "found")
            )
            names = self.names.setdefault(sector, [book.name for book in books])
            if held != mine or [book.name for book in books] != names:
                self.wrong.append(f"night {night}, workbook of {sector}: {(held - mine) + (mine - held)}")

    def recompute(self) -> None:
        """Every past night from the events alone, against what was published then."""
        with opened(load(self.home)) as con:
            for cut, told in self.published:
                state.make_pending(con)
                if self._again(con, cut) != told:
                    self.wrong.append(f"batch {cut}: other issues when computed again")

    def _again(self, con: Connection, cut: int) -> dict[str, Brief]:
        state_after(con, cut=cut)
        sealed = con.execute("select state_sha256 from wh.ledger.batches where batch_seq = ?", [cut]).fetchall()
        if sealed != [(state.state_sha256(con),)]:
            self.wrong.append(f"batch {cut}: another hash when computed again")
        cursor = con.execute("select * from issue_state")
        names = [column[0] for column in cursor.description or ()]
        again = [dict(zip(names, map(_as_csv, row), strict=True)) for row in cursor.fetchall()]
        return {row["issue_id"]: _brief(row) for row in again}


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _as_csv(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _lines(book: Path) -> list[tuple[str, bool]]:
    """Number of each issue in a pushed list, and whether it is marked as new tonight."""
    rows = list(openpyxl.load_workbook(book, read_only=True)[issues.SHEET].iter_rows(min_row=3, values_only=True))
    number, change = rows[0].index("问题编号"), rows[0].index("本次变化")
    return [(str(row[number]), row[change] in ("新增", "重新出现")) for row in rows[1:] if row[number]]


def _key(row: dict[str, str]) -> Key:
    return Key(row["rule_id"], row["detail"], row["subject_type"], row["subject_key"], row["found_owner"])


def _told(row: dict[str, str]) -> Told:
    return Told(
        row["state"], row["owner"], row["found_on"], row["due_on"], row["is_overdue"] == "true", row["cleared_on"],
        row["baseline_status"], bool(row["returned_why"]),
    )  # fmt: skip


def _brief(row: dict[str, str]) -> Brief:
    return Brief(_told(row), row["round"], row["case_id"], row["last_seen_on"])


def play(season: Play, nights: int) -> None:
    """Live through the nights that have not been."""
    if not season.home.exists():
        season.home.mkdir(parents=True)
        shutil.copyfile(season.truth.county(0) / "county.toml", season.home / "county.toml")
    for night in range(nights):
        began, known, done = time.monotonic(), len(season.wrong), season.nights / str(night) / "done"
        if not done.exists():
            _live(season, night)
        season.look(night)
        if not done.exists():
            season.decide(night)
            done.touch()
        told = season.wrong[known:]
        seconds = time.monotonic() - began
        _say(
            f"night {night} {day(night)}: {len(season.ids)} issues, {len(told)} wrong, {seconds:.0f} s", *told[:_SHOWN]
        )
    season.wrong += onetable(season.home, "fsck", "--json")


def _live(season: Play, night: int) -> None:
    """A day's lists and answers, and the night after them."""
    season.deliver(night)
    if night:
        season.reply(night)
    landed = onetable(season.home, "ingest", "--no-gate", "--received-on", day(night).isoformat(), "--json")
    season.wrong += [f"night {night}: {one['feed']} {one['status']}" for one in landed if one["status"] not in TAKEN]
    done = onetable(season.home, "reconcile", "--as-of", day(night).isoformat(), "--json")
    if done["outcome"] != "published":
        season.wrong.append(f"night {night}: {done['outcome']}")
    season.keep(night)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join([*lines, ""]))
    sys.stdout.flush()


def main() -> int:
    """Play and score."""
    words = sys.argv[1:]
    households, nights = int(words[0]) if words else HOUSEHOLDS, int(words[1]) if len(words) > 1 else NIGHTS
    with tempfile.TemporaryDirectory() as folder:
        season = Play(Path(words[2]) if len(words) > 2 else Path(folder), households)
        play(season, nights)
        season.recompute()
    counted = f"{season.compared} issues compared, {len(CASES)} of them scripted, on {nights} nights from {FIRST}"
    _say(*season.wrong[-_SHOWN:], f"{counted}: {len(season.wrong)} wrong")
    return 1 if season.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
