"""``python -m tests.bench.season [HOUSEHOLDS] [FOLDER]``: a season of ten whole nights over forty days, scored.

Data in: a simulated county in order. Data out: a line per night and what was not as it had to be; exit 1 if anything.
Nothing is played: departments drop files, the product takes them in, builds with dbt, gates, publishes, keeps its
ledger and pushes workbooks; clerks fill in the pushed workbooks and drop them back, officers use the command line.
What must be true of a scripted issue is written down here by hand and never asked of the product. Beside that, every
night: the open issues are exactly the published mismatches, none twice; at the end every past night is computed again
and held against what was published then. The forty nights of tests/integration/test_ledger_season.py play many more
cases, but into the ledger alone.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from connectors.outbox import corrections, issues
from pipeline.ledger import state
from pipeline.ledger.night import opened, state_after
from pipeline.settings import load
from simulator.season import Life, Phase
from tests.builders.replies import return_list

NIGHTS, STEP, FIRST = 10, 4, date(2020, 7, 2)
DAYS_TO_FIX = {"R081": 30, "R107": 30, "R001": 15}
"""The stage of these days (D4, 决战决胜) sets no date of its own."""
BASELINES = {1: "第一次", 6: "第二次"}
"""After these nights an officer freezes a baseline."""
MEDICAL_ON, HOUSING_ON = (0, 3, 5, 7), (0, 6)
"""Nights before which the lists are delivered."""
ROSTER, HOUSES = "medical/enrolments", "housing/appraisals"
TAKEN = ("accepted", "duplicate")
"""Before night 7 the same list is sent once more."""
BASIC = "城乡居民基本医疗保险"
PEOPLE = {"经办人": "测经办", "审核人": "测审核"}
EXPLAINED = {"办理结果": "已说明", "情况说明": "已核实", "佐证材料编号": "ZL01"}


def day(night: int) -> date:
    return FIRST + timedelta(days=STEP * night)


def fixed(night: int) -> dict[str, str]:
    return {"办理结果": "已更正", "更正后的值": "已参保", "更正日期": day(night).isoformat()}


@dataclass(frozen=True)
class Case:
    """A fault in one row of a list, what people do about it, and what must follow."""

    name: str
    rule_id: str
    wrong: tuple[tuple[int, int], ...]
    """Nights from and before which the list is wrong."""
    lives: tuple[Life, ...]
    replies: tuple[tuple[int, str, dict[str, str]], ...] = ()
    """Night, department, what is filled in."""
    decisions: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Night after which an officer decides, and the words of the command."""


def _life(*phases: tuple[int, str] | tuple[int, str, str] | tuple[int, str, str, bool]) -> Life:
    """Phases as (night, state[, owner[, sent back]])."""
    return Life(tuple(Phase(one[0], one[1], *(one[2:] or ("medical",))) for one in phases))


CASES = (
    Case("paid without a word", "R081", ((0, 3),), (_life((0, "pushed"), (3, "cleared")),)),
    Case("nobody does anything", "R081", ((0, NIGHTS),), (_life((0, "pushed")),)),
    Case("mended and reported", "R081", ((0, 3),), (_life((0, "pushed"), (2, "replied"), (3, "cleared")),),
         ((2, "medical", fixed(2)),)),
    Case("reported, but not mended", "R081", ((0, 5),),
         (_life((0, "pushed"), (2, "replied"), (3, "pushed", "medical", True), (4, "replied"), (5, "cleared")),),
         ((2, "medical", fixed(2)), (4, "medical", fixed(4)))),
    Case("explained and believed", "R081", ((0, NIGHTS),),
         (_life((0, "pushed"), (1, "replied"), (2, "verified")),),
         ((1, "medical", EXPLAINED),), ((1, ("accept",)),)),
    Case("explained, not believed, explained late", "R081", ((0, NIGHTS),),
         (_life((0, "pushed"), (1, "replied"), (2, "pushed", "medical", True), (9, "replied")),),
         ((1, "medical", EXPLAINED), (9, "medical", EXPLAINED)), ((1, ("refuse",)),)),
    Case("not ours", "R081", ((0, NIGHTS),),
         (_life((0, "pushed"), (1, "pushed", "education"), (2, "replied", "education"), (3, "verified", "education")),),
         ((1, "medical", {"办理结果": "非本部门职责", "转办单位": "教育"}), (2, "education", EXPLAINED)),
         ((2, ("accept",)),)),
    Case("nobody's", "R081", ((0, NIGHTS),),
         (_life((0, "pushed"), (1, "pushed", "education"), (2, "found", "registry"), (4, "pushed", "water")),),
         ((1, "medical", {"办理结果": "非本部门职责", "转办单位": "教育"}),
          (2, "education", {"办理结果": "非本部门职责", "转办单位": "水利"})),
         ((3, ("owner", "--owner", "water")),)),
    Case("comes back", "R081", ((0, 3), (5, NIGHTS)),
         (_life((0, "pushed"), (3, "cleared")), _life((5, "pushed")))),
    Case("signed by one person", "R081", ((0, NIGHTS),),
         (_life((0, "pushed"), (2, "pushed", "medical", True)),), ((2, "medical", {**EXPLAINED, "审核人": "测经办"}),)),
    Case("left to rest", "R081", ((0, NIGHTS),), (_life((0, "pushed"), (2, "waived"), (4, "pushed")),), (),
         ((1, ("waive", "--until", day(3).isoformat())),)),
    Case("late, found in a later list", "R081", ((3, NIGHTS),), (_life((3, "pushed")),)),
    Case("a name, confirmed in the list of corrections", "R001", ((0, 5),),
         (_life((0, "pushed"), (2, "replied"), (5, "cleared")),),
         ((2, "corrections", {"办理结果": "正在办理", "完成进度": "50%"}),)),
    Case("a house gets finished", "R107", ((0, 6),),
         (_life((0, "pushed", "housing"), (4, "replied", "housing"), (6, "cleared", "housing")),),
         ((4, "housing", {"办理结果": "正在办理", "完成进度": "80%"}),)),
)  # fmt: skip
"""Departments answer well, late, wrongly and not at all."""


def onetable(home: Path, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words],
        env={**os.environ, "ONETABLE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(done.stdout) if "--json" in words else done.stdout


class County:
    """The county's lists as they were sent, and which row each case is about."""

    def __init__(self, home: Path, households: int) -> None:
        self.home = home
        onetable(home, "simulate", "--seed", "7", "--households", str(households), "--corrupt", "0", "--out", str(home))
        [roster] = (home / "ingest" / ROSTER).iterdir()
        self.roster = list(csv.reader(io.StringIO(roster.read_bytes().decode("gb18030"))))
        roster.unlink()
        [houses] = (home / "ingest" / HOUSES).iterdir()
        self.houses = houses.read_bytes()
        houses.unlink()
        self.rows = {case.name: row for case, row in self._choose()}

    def _choose(self) -> Iterator[tuple[Case, int]]:
        """A row for each case, as a spreadsheet program numbers it."""
        header = self.roster[0]
        paid = [
            number
            for number, line in enumerate(self.roster, start=1)
            if line[header.index("人员属性")] == "建档立卡"
            and line[header.index("险种")] == BASIC
            and line[header.index("参保状态")] == "已参保"
        ]
        sheet = openpyxl.load_workbook(io.BytesIO(self.houses)).active
        sound = [row[0].row for row in sheet.iter_rows() if "A级" in [cell.value for cell in row]]
        for place, case in enumerate(CASES):
            yield case, (sound[0] if case.rule_id == "R107" else paid[place * 3])

    def deliver(self, night: int) -> None:
        """Drop the lists that are due before this night."""
        wrong = [case for case in CASES if any(start <= night < end for start, end in case.wrong)]
        if night in MEDICAL_ON:
            self._drop(ROSTER, f"610099_{day(night):%Y%m}_医保参保缴费_全量_{night}.csv", self._roster(wrong))
        if night in HOUSING_ON:
            self._drop(HOUSES, f"610099_{day(night):%Y%m}_住房鉴定_全量_{night}.xlsx", self._houses(wrong, night))

    def _drop(self, feed: str, name: str, content: bytes) -> None:
        (self.home / "ingest" / feed / name).write_bytes(content)

    def _roster(self, wrong: list[Case]) -> bytes:
        lines = [list(line) for line in self.roster]
        for case in wrong:
            line = lines[self.rows[case.name] - 1]
            changes = {"姓名": "测错名"} if case.rule_id == "R001" else {"参保状态": "未缴费", "缴费时间": ""}
            if case.rule_id != "R107":
                for header, text in changes.items():
                    line[lines[0].index(header)] = text
        out = io.StringIO()
        csv.writer(out).writerows(lines)
        return out.getvalue().encode("gb18030")

    def _houses(self, wrong: list[Case], night: int) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(self.houses))
        book.active["A1"].value = f"住房安全鉴定（{day(night).year}年{day(night).month}月）"
        for case in wrong:
            if case.rule_id == "R107":
                cells = {cell.value: cell for cell in book.active[self.rows[case.name]]}
                cells["A级"].value = "D级"
                book.active.cell(self.rows[case.name], book.active.max_column).value = "否"
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


@dataclass
class Play:
    """The nights so far."""

    county: County
    ids: dict[tuple[str, int], str]
    """(case, round) → issue."""
    published: list[tuple[int, dict[str, tuple[Any, ...]]]]
    wrong: list[str]

    def reply(self, night: int) -> None:
        """Clerks fill in what was pushed the night before, and drop it back; every list lies under its own name."""
        said: dict[str, list[tuple[str, dict[str, str]]]] = {}
        for case in CASES:
            for on, where, answer in case.replies:
                if on == night:
                    issue = self.ids.get((case.name, 1), "")
                    said.setdefault(where, []).append((issue, {**PEOPLE, "回复日期": day(night).isoformat(), **answer}))
        for where, answers in said.items():
            is_correction = where == "corrections"
            sector, layout, name = ("medical", corrections.LAYOUT, "数据更正单") if is_correction else (
                where, issues.LAYOUT, "问题清单"
            )  # fmt: skip
            [path] = (self.county.home / "outbox" / sector).glob(f"*{name}.xlsx")
            return_list(self.county.home, sector, path, layout, dict(answers), mark=f"_{night}")

    def decide(self, night: int) -> None:
        """What officers do in the morning after a night."""
        home, on = self.county.home, day(night).isoformat()
        for case in CASES:
            for after, words in case.decisions:
                if after == night:
                    told = ("--by", "测复核", "--reason", "依据材料", "--decided-on", on)
                    onetable(home, "sign", self.ids[case.name, 1], *words, *told)
        if night in BASELINES:
            onetable(home, "baseline", BASELINES[night], "--by", "测复核", "--on", on)

    def look(self, night: int) -> None:
        """Hold what was published against what must be true."""
        home = self.county.home
        found = {row["issue_id"]: row for row in _csv(home / "published/issues/export/issues.csv")}
        self._find_ids(found, night)
        for case in CASES:
            for place, life in enumerate(case.lives, start=1):
                if life.found <= night:
                    row = found.get(self.ids.get((case.name, place), ""))
                    told, wanted = _told(row) if row else None, _wanted(case, life, night)
                    if told != wanted:
                        self.wrong.append(f"night {night}, {case.name}, round {place}: {told}, not {wanted}")
        still = [row["case_id"] for row in found.values() if row["is_open"] == "true"]
        shown = len(_csv(home / "published/current/export/mismatches.csv"))
        if len(still) != len(set(still)) or len(still) != shown:
            self.wrong.append(f"night {night}: {shown} mismatches, {len(still)} open issues, {len(set(still))} cases")
        manifest = json.loads((home / "published/issues/manifest.json").read_text(encoding="utf-8"))
        self.published.append((manifest["cut"], {issue: _brief(row) for issue, row in found.items()}))

    def _find_ids(self, found: dict[str, dict[str, str]], night: int) -> None:
        """An issue is known by its rule and the row that shows it, on the night on which it must be found."""
        for case in CASES:
            for place, life in enumerate(case.lives, start=1):
                if life.found == night:
                    ending = f"!{self.county.rows[case.name]}"
                    ids = [
                        issue
                        for issue, row in found.items()
                        if row["rule_id"] == case.rule_id and row["round"] == str(place)
                        and row["evidence"].endswith(ending)
                        and row["found_owner"] == life.phases[0].owner
                    ]  # fmt: skip
                    if len(ids) == 1:
                        self.ids[case.name, place] = ids[0]
                    else:
                        self.wrong.append(f"night {night}, {case.name}: {len(ids)} issues found")

    def recompute(self) -> None:
        """Every past night from the events alone, against what was published then."""
        with opened(load(self.county.home)) as con:
            for cut, told in self.published:
                state_after(con, cut=cut)
                sealed = con.execute("select state_sha256 from wh.ledger.batches where batch_seq = ?", [cut]).fetchall()
                if sealed != [(state.state_sha256(con),)]:
                    self.wrong.append(f"batch {cut}: another hash when computed again")
                cursor = con.execute("select * from issue_state")
                names = [column[0] for column in cursor.description or ()]
                again = [dict(zip(names, map(_as_csv, row), strict=True)) for row in cursor.fetchall()]
                if {row["issue_id"]: _brief(row) for row in again} != told:
                    self.wrong.append(f"batch {cut}: other issues when computed again")


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _as_csv(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


_COLUMNS = ("state", "owner", "found_on", "due_on", "is_overdue", "cleared_on", "baseline_status")


def _brief(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in (*_COLUMNS, "round", "case_id", "last_seen_on"))


def _told(row: dict[str, str]) -> tuple[str, ...]:
    return (*(row[name] for name in _COLUMNS), str(bool(row["returned_why"])).lower())


def _wanted(case: Case, life: Life, night: int) -> tuple[str, ...]:
    phase, due = life.at(night), day(life.found) + timedelta(days=DAYS_TO_FIX[case.rule_id])
    is_overdue = phase.state not in ("cleared", "waived") and day(night) > due
    cleared = day(life.cleared).isoformat() if phase.state == "cleared" and life.cleared is not None else ""
    is_back = "true" if phase.is_returned else "false"
    return (
        phase.state, phase.owner, day(life.found).isoformat(), due.isoformat(), "true" if is_overdue else "false",
        cleared, _baseline(life, night), is_back,
    )  # fmt: skip


def _baseline(life: Life, night: int) -> str:
    """Against the last one that an officer has frozen before this night."""
    frozen = [one for one in BASELINES if one < night]
    if not frozen:
        return ""
    if life.found > frozen[-1]:
        return "new"
    if life.cleared is not None and life.cleared <= frozen[-1]:
        return ""
    return "fixed" if life.cleared is not None and life.cleared <= night else "still_open"


def play(home: Path, households: int = 40) -> list[str]:
    """The whole season in ``home``; returns what was wrong."""
    season = Play(County(home, households), {}, [], [])
    for night in range(NIGHTS):
        began, known = time.monotonic(), len(season.wrong)
        season.county.deliver(night)
        if night:
            season.reply(night)
        landed = onetable(home, "ingest", "--no-gate", "--received-on", day(night).isoformat(), "--json")
        season.wrong += [
            f"night {night}: {one['feed']} {one['status']}" for one in landed if one["status"] not in TAKEN
        ]
        done = onetable(home, "reconcile", "--as-of", day(night).isoformat(), "--json")
        if done["outcome"] != "published":
            season.wrong.append(f"night {night}: {done['outcome']}")
        season.look(night)
        season.decide(night)
        told = season.wrong[known:]
        sys.stdout.write(
            "\n".join([f"night {night} {day(night)}: {len(landed)} files, {time.monotonic() - began:.0f} s", *told, ""])
        )
        sys.stdout.flush()
    season.recompute()
    season.wrong += onetable(home, "fsck", "--json")
    return season.wrong


def main() -> int:
    """Play and score."""
    households = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        wrong = play(Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "home", households)
    sys.stdout.write(
        "\n".join(wrong or [f"{len(CASES)} scripted differences right on every of {NIGHTS} nights"]) + "\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
