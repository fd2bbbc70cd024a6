"""A home whose nights are played without dbt: a full publication holds the mismatches that a test names.

Data in: mismatches. Data out: ledger, workbooks and answers as the product makes them from a publication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.warehouse import open_database
from pipeline import keys
from pipeline.ledger import dates
from pipeline.ledger.night import Night, update_ledger
from pipeline.ledger.workbooks import write_all
from pipeline.settings import Settings
from tests.builders.season import _MISMATCHES
from tests.integration.landing_home import Home

VILLAGE = "610099101201"
_NAMES = "〇甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


def a_finding(number: int, **changes: object) -> dict[str, object]:
    """One uninsured person of 甲山村, in row ``number`` + 1 of the roster."""
    return {
        "mismatch_id": f"{number:032x}", "rule_id": "R081", "detail": "", "verdict": "fail", "subject_type": "person",
        "subject_key": f"P{number}", "subject_label": "测**", "area_code": VILLAGE, "owner": "medical",
        "severity": "critical", "expected": "已参保缴费", "actual": "未缴费", "value_class": "text",
        "title": "建档立卡人口参保缴费", "instruction": "请核实",
        "evidence": f"medical-enrolments-1#Sheet1!{number + 1}",
        "counter_evidence": "registry-persons-1#Sheet1!7", **changes,
    }  # fmt: skip


@dataclass(frozen=True)
class Office:
    """A home with its villages, and the nights that are played in it."""

    home: Home

    @classmethod
    def make(cls, folder: Path) -> Office:
        """A home that has received its villages and one roster, of which only the record is there."""
        home = Home.make(folder)
        keys.ready(home.settings)
        office = cls(home.with_villages())
        office.deliver("medical-enrolments-1", "medical/enrolments", date(2020, 5, 3))
        return office

    @property
    def settings(self) -> Settings:
        """The home's settings."""
        return self.home.settings

    def deliver(self, name: str, feed: str, on: date) -> None:
        """Note a full delivery of the county."""
        sector, _, entity = feed.partition("/")
        con = open_database(self.settings.warehouse, read_only=False)
        con.execute(
            "insert into meta.submissions by name select ? as submission_id, ? as sector, ? as entity, ? as file_name,"
            " 'accepted' as status, (select coalesce(max(seq), 0) + 1 from meta.submissions) as seq,"
            " ?::date as received_on, ?::date as as_of, 'full' as mode, '610099' as area_code, ? as sha256",
            [name, sector, entity, f"{name}.xlsx", on, on, f"sha of {name}"],
        )
        con.close()

    def night(
        self,
        on: date,
        findings: Sequence[Mapping[str, object]],
        run: str | None = None,
        not_run: Mapping[str, str] | None = None,
    ) -> Night:
        """One night: the ledger and the workbooks; ``not_run`` names rules and why they did not run."""
        run = run or on.isoformat()
        path = self.settings.published / f"{run}.duckdb"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._publish(path, findings, not_run or {})
        done = update_ledger(self.settings, path, on, run, f"one_table-{run}")
        write_all(self.settings, path, f"one_table-{run}")
        return done

    def _publish(self, path: Path, findings: Sequence[Mapping[str, object]], not_run: Mapping[str, str]) -> None:
        con = open_database(path, read_only=False)
        con.execute('create schema "full"')
        con.execute(f'create table "full".mismatches ({_MISMATCHES})')
        con.execute('create table "full".rule_status (rule_id varchar, status varchar, reason varchar)')
        con.executemany(
            'insert into "full".rule_status values (?, ?, ?)',
            [[name, "not_run" if name in not_run else "run", not_run.get(name)] for name in dates.rules()],
        )
        people = ", ".join(
            f"('P{number}', '测{_NAMES[number]}', '**************0011', '900000000{number:02d}', '2',"
            " '1968-07-05'::date)"
            for number in range(1, len(_NAMES))
        )
        con.execute(
            f'create table "full".one_table_person as select * from (values {people}) as t(person_uid, name, id_masked,'
            " hh_no, sex, birth_date)"
        )
        con.execute('create table "full".one_table_household (household_key varchar, hh_no varchar, head_name varchar)')
        con.execute(
            "create table \"full\".one_table_village as select '610099101201' as area_code, '甲山村' as village_name,"
            " '甲镇' as township_name"
        )
        for finding in findings:
            names = ", ".join(finding)
            marks = ", ".join(f"? as {name}" for name in finding)
            con.execute(f'insert into "full".mismatches by name select {marks} -- {names}', list(finding.values()))
        con.close()

    def workbook(self, sector: str, name: str = "问题清单") -> Path:
        """The workbook that lies in a department's outbox."""
        [path] = (self.settings.outbox / sector).glob(f"*{name}.xlsx")
        return path

    def states(self) -> dict[str, Any]:
        """Subject → (state, owner) as published."""
        con = open_database(self.settings.published / "issues" / "issues.duckdb", read_only=True)
        try:
            found = con.execute("select subject_key, state, owner from masked.issues order by round").fetchall()
        finally:
            con.close()
        return {subject: (state, owner) for subject, state, owner in found}
