"""Builders: a home with a warehouse, and a dbt project whose marts hold what a test says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pipeline.candidate.build
from connectors.faults import fault
from connectors.warehouse import open_database, open_warehouse
from pipeline.candidate.build import NodeResult, candidate_path
from pipeline.keys import ready
from pipeline.night.reconcile import reconcile
from pipeline.settings import Settings

AS_OF = date(2020, 6, 30)
CANARY_NAME = "金丝雀"
CANARY_ID = "610099197001010011"

COLUMNS: dict[str, str] = {
    "one_table_person": "person_uid varchar, person_key varchar, household_key varchar, hh_no varchar, name varchar,"
    " id_masked varchar, sex varchar, birth_date date, area_code varchar",
    "one_table_household": "household_key varchar, hh_no varchar, head_name varchar, area_code varchar",
    "one_table_village": "area_code varchar, area_name varchar, township_code varchar, person_count bigint",
    "mismatches": "mismatch_id varchar, rule_id varchar, detail varchar, verdict varchar, subject_type varchar,"
    " subject_key varchar, subject_label varchar, area_code varchar, owner varchar, severity varchar, expected varchar,"
    " actual varchar, difference varchar, value_class varchar, evidence varchar, counter_evidence varchar,"
    " found_on date, due_on date, title varchar, instruction varchar",
    "links": "sector varchar, entity varchar, submission_id varchar, sheet varchar, row_no integer,"
    " person_uid varchar, household_key varchar, tier varchar",
    "indicators": "indicator varchar, title varchar, area_code varchar, area_level varchar, as_of date,"
    " numerator bigint, denominator bigint, unknown bigint, value decimal(18, 6), target decimal(18, 6),"
    " status varchar",
    "rule_status": "rule_id varchar, title varchar, status varchar, reason varchar, mismatch_count bigint",
    "feed_status": "sector varchar, entity varchar, title varchar, owner varchar, submission_id varchar,"
    " period varchar, received_on date, age_days integer, rows_accepted bigint, rows_rejected bigint,"
    " is_stale boolean, is_missing boolean",
}

Row = dict[str, Any]


def a_home(folder: Path) -> Settings:
    """A home with an empty warehouse."""
    settings = Settings(home=folder / "var", settle_seconds=0.0, threads=2, memory_limit="1GB", wait_seconds=5.0)
    settings.state.mkdir(parents=True)
    ready(settings)
    with open_warehouse(settings.warehouse):
        pass
    return settings


def a_submission(
    settings: Settings, submission_id: str, *, seq: int = 1, received_on: date = AS_OF, status: str = "accepted"
) -> None:
    """One medical file."""
    with open_warehouse(settings.warehouse) as con:
        con.execute(
            "insert into meta.submissions (submission_id, sector, entity, file_name, status, seq, received_on)"
            " values (?, 'medical', 'enrolments', '参保.xlsx', ?, ?, ?)",
            [submission_id, status, seq, received_on],
        )


def a_person(number: int = 1, **changes: object) -> Row:
    """One register person of village 610099101201."""
    return {
        "person_uid": f"{number:032x}",
        "person_key": f"{number:032x}",
        "household_key": "H1",
        "hh_no": "H1",
        "name": CANARY_NAME,
        "id_masked": "**************0011",
        "area_code": "610099101201",
        **changes,
    }


def an_indicator(area_code: str, numerator: int | None, denominator: int | None = None, **changes: object) -> Row:
    """One indicator row; the level follows from the code's length."""
    level = {6: "county", 9: "township", 12: "village"}[len(area_code)]
    value = None if denominator in (None, 0) or numerator is None else round(numerator / denominator, 6)
    return {
        "indicator": "jd_persons",
        "title": "建档立卡人口",
        "area_code": area_code,
        "area_level": level,
        "as_of": AS_OF.isoformat(),
        "numerator": numerator,
        "denominator": denominator,
        "unknown": 0 if denominator is not None else None,
        "value": value,
        "target": None,
        "status": "ok",
        **changes,
    }


def a_mismatch(number: int = 1, **changes: object) -> Row:
    """One uninsured person."""
    return {
        "mismatch_id": f"{number:032x}",
        "rule_id": "R081",
        "detail": "",
        "verdict": "fail",
        "subject_type": "person",
        "subject_key": f"{1:032x}",
        "subject_label": "金**",
        "area_code": "610099101201",
        "owner": "medical",
        "severity": "critical",
        "expected": "已参保缴费",
        "actual": "未缴费",
        "difference": None,
        "value_class": "text",
        "evidence": "medical-enrolments-000000000001#Sheet1!5",
        "counter_evidence": "registry-persons-000000000002#Sheet1!7",
        "found_on": AS_OF.isoformat(),
        "due_on": "2020-07-30",
        "title": "贫困人口参加基本医疗保险",
        "instruction": "核实后补缴",
        **changes,
    }


def good_marts() -> dict[str, list[Row]]:
    """Marts that pass the gate: two persons of one household, one of them uninsured."""
    places = ("610099", "610099101", "610099101201")
    rate = {"indicator": "ins_rate", "title": "参保率"}
    return {
        "one_table_person": [a_person(1), a_person(2, name="测甲二")],
        "one_table_household": [
            {"household_key": "H1", "hh_no": "H1", "head_name": CANARY_NAME, "area_code": "610099101201"}
        ],
        "one_table_village": [
            {"area_code": "610099101201", "area_name": "测试村", "township_code": "610099101", "person_count": 2}
        ],
        "mismatches": [
            a_mismatch(1),
            a_mismatch(
                2,
                rule_id="R001",
                detail="medical/enrolments.name",
                expected=CANARY_NAME,
                actual="金丝鸟",
                value_class="name",
            ),
        ],
        "links": [],
        "indicators": [
            *(an_indicator(place, 2) for place in places),
            *(an_indicator(place, 1, 2, **rate) for place in places),
        ],
        "rule_status": [
            {"rule_id": rule, "title": rule, "status": "run", "reason": None, "mismatch_count": 1}
            for rule in ("R001", "R081")
        ],
        "feed_status": [
            {
                "sector": "medical",
                "entity": "enrolments",
                "title": "参保名册",
                "owner": "医保",
                "submission_id": "medical-enrolments-000000000001",
                "period": "2020",
                "received_on": AS_OF.isoformat(),
                "age_days": 0,
                "rows_accepted": 2,
                "rows_rejected": 0,
                "is_stale": False,
                "is_missing": False,
            }
        ],
    }


def a_project(folder: Path, marts: dict[str, list[Row]] | None = None, tests: str = "") -> Path:
    """A dbt project whose marts hold exactly ``marts``; ``tests`` is YAML for its model properties."""
    project = folder / "dbt_project"
    models = project / "models" / "marts"
    models.mkdir(parents=True, exist_ok=True)
    (project / "macros").mkdir(exist_ok=True)
    (project / "dbt_project.yml").write_text(
        "name: fixture\nversion: '1.0.0'\nprofile: fixture\n"
        "models: {fixture: {+materialized: table, marts: {+schema: marts}}}\n"
    )
    (project / "profiles.yml").write_text(
        "fixture: {target: candidate, outputs: {candidate: {type: duckdb, threads: 1,"
        " path: ':memory:', database: candidate, plugins: [{module: pipeline.candidate.dbt_plugin}],"
        " attach: [{alias: candidate, path: \"{{ env_var('ONETABLE_CANDIDATE') }}\"}]}}}\n"
    )
    (project / "macros" / "names.sql").write_text(
        "{% macro generate_schema_name(name, node) %}{{ (name or target.schema) | trim }}{% endmacro %}\n"
    )
    for table, rows in (marts or good_marts()).items():
        (models / f"{table}.sql").write_text(_select(COLUMNS[table], rows), encoding="utf-8")
    (models / "properties.yml").write_text(tests)
    return project


def _select(columns: str, rows: list[Row]) -> str:
    parts = [part.strip().split(" ", 1) for part in columns.replace("(18, 6)", "(18_6)").split(",")]
    kinds = {name: kind.replace("(18_6)", "(18, 6)") for name, kind in parts}

    def literal(value: object) -> str:
        if value is None:
            return "null"
        return "'" + str(value).replace("'", "''") + "'"

    selects = [
        "select " + ", ".join(f"cast({literal(row.get(name))} as {kind}) as {name}" for name, kind in kinds.items())
        for row in rows
    ]
    empty = "select " + ", ".join(f"cast(null as {kind}) as {name}" for name, kind in kinds.items()) + " where false"
    return "\nunion all\n".join(selects or [empty]) + "\n"


def quick_build(settings: Settings, as_of: date, run_id: str, **options: Any) -> list[NodeResult]:
    """Stands in for ``pipeline.candidate.build.build`` in tests that are not about dbt: runs the models one by one."""
    fault("build_start")
    settings.work.mkdir(parents=True, exist_ok=True)
    con = open_database(candidate_path(settings, run_id), read_only=False, encrypt=True)
    con.execute("create schema marts")
    nodes = []
    for model in sorted((options["project"] / "models" / "marts").glob("*.sql")):
        con.execute(f"create table marts.{model.stem} as {model.read_text(encoding='utf-8')}")
        nodes.append(NodeResult(model.stem, "model", "success", 0.0))
        fault("build_middle")
    con.close()
    fault("build_end")
    return nodes


def a_quick_night(settings: Settings, project: Path) -> None:
    """A night by :func:`quick_build`, for a process of its own, where nothing has been replaced yet."""
    pipeline.candidate.build.build = quick_build
    reconcile(settings, AS_OF, project=project)
