"""``python -m tests.bench.ledger_bench [ISSUES]``: seconds of the ledger step and the workbooks for many issues.

Data in: a number of issues. Data out: a line per step. The first night finds them all, the second one finds the same in
newer files but for every hundredth, which is mended, and as many new ones.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from connectors.contract import SECTORS
from connectors.warehouse import open_database, open_warehouse
from pipeline import keys
from pipeline.ledger.night import update_ledger
from pipeline.ledger.workbooks import write_all
from pipeline.settings import Settings

DAY = date(2020, 5, 4)
RULES = {
    "registry": "R003", "medical": "R081", "housing": "R107", "education": "R120", "civil_affairs": "R146",
    "water": "R134",
}  # fmt: skip
FEEDS = {
    "registry": "persons", "medical": "enrolments", "housing": "appraisals", "education": "enrolments",
    "civil_affairs": "dibao", "water": "household_water",
}  # fmt: skip


@contextmanager
def timed(what: str) -> Iterator[None]:
    began, worked = time.monotonic(), time.process_time()
    yield
    sys.stdout.write(f"{what:<48}{time.monotonic() - began:8.1f} s {time.process_time() - worked:8.1f} s of CPU\n")


def a_publication(path: Path, issues: int, night: int) -> Path:
    """A full publication whose mismatches are spread over departments and 300 villages."""
    con = open_database(path, read_only=False)
    con.execute('create schema "full"')
    con.execute(
        "create table \"full\".one_table_person as select 'P' || range as person_uid, '测' || range as name,"
        " '**************0011' as id_masked, '1' as sex, null::date as birth_date,"
        " 'H' || range // 3 as hh_no, 'H' || range // 3 as household_key,"
        f" '6100991' || lpad((range % 20)::varchar, 2, '0') || lpad((range % 15)::varchar, 3, '0') as area_code"
        f" from range({issues * 2})"
    )
    con.execute(
        "create table \"full\".one_table_household as select distinct household_key, hh_no, '测户' as head_name, "
        'min(area_code) over (partition by hh_no) as area_code from "full".one_table_person'
    )
    con.execute(
        'create table "full".one_table_village as select distinct area_code,'
        " '村' || right(area_code, 3) as village_name,"
        " '镇' || substr(area_code, 7, 3) as township_name from \"full\".one_table_person"
    )
    cases = " ".join(f"when {place} then '{sector}'" for place, sector in enumerate(SECTORS))
    rules = " ".join(f"when {place} then '{RULES[sector]}'" for place, sector in enumerate(SECTORS))
    feeds = " ".join(f"when {place} then '{sector}-{FEEDS[sector]}-{night}'" for place, sector in enumerate(SECTORS))
    moved = f"where range % 100 <> 7 or range >= {issues}" if night > 1 else ""
    con.execute(
        f"""
        create table "full".mismatches as
        select
            md5(range::varchar) as mismatch_id, case range % 6 {rules} end as rule_id, '' as detail, 'fail' as verdict,
            'person' as subject_type, 'P' || range as subject_key, '测**' as subject_label,
            '6100991' || lpad((range % 20)::varchar, 2, '0') || lpad((range % 15)::varchar, 3, '0') as area_code,
            case range % 6 {cases} end as owner, case when range % 3 = 0 then 'critical' else 'major' end as severity,
            '已参保缴费' as expected, '未缴费' as actual, null::varchar as difference, 'text' as value_class,
            case range % 6 {feeds} end || '#Sheet1!' || (range + 4) as evidence,
            'registry-persons-{night}#Sheet1!' || (range + 4) as counter_evidence,
            '{DAY}'::date as found_on, '{DAY + timedelta(days=30)}'::date as due_on, '贫困人口参保' as title,
            '请核实' as instruction
        from range({issues + (issues // 100 if night > 1 else 0)}) {moved}
        """
    )
    con.execute(
        "create table \"full\".rule_status as select distinct rule_id, rule_id as title, 'run' as status,"
        ' null::varchar as reason from "full".mismatches'
    )
    con.close()
    return path


def deliver(settings: Settings, night: int, issues: int) -> None:
    """Every department sends its list again, with the rows that the evidence names."""
    with open_warehouse(settings.warehouse) as con:
        for place, (sector, entity) in enumerate(FEEDS.items()):
            name = f"{sector}-{entity}-{night}"
            con.execute(
                "insert into meta.submissions by name select ? as submission_id, ? as sector, ? as entity,"
                " ? as file_name, 'accepted' as status, ? as seq, ?::date as received_on, 'full' as mode,"
                " '610099' as area_code, ? as sha256",
                [name, sector, entity, f"{name}.xlsx", night * 10 + place, DAY + timedelta(days=night - 1), name],
            )
            con.execute(
                f"insert into raw.{sector}__{entity} by name select ? as submission_id, 'Sheet1' as sheet,"
                f" (range + 4)::integer as row_no, 0 as sub_no from range({issues})",
                [name],
            )


def main() -> None:
    """Measure."""
    issues = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        settings.work.mkdir(parents=True)
        keys.ready(settings)
        for night in (1, 2):
            deliver(settings, night, issues)
            full = a_publication(Path(folder) / f"pub{night}.duckdb", issues, night)
            day = DAY + timedelta(days=night - 1)
            with timed(f"night {night}: ledger, {issues} open issues"):
                done = update_ledger(settings, full, day, f"run{night}", f"folder{night}")
            sys.stdout.write(f"  {done.counts}\n")
            with timed(f"night {night}: workbooks and the ledger's publication"):
                write_all(settings, full, f"folder{night}")


if __name__ == "__main__":
    main()
