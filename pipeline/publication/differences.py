"""What differs between two publications of the table: people, their facts, cards, findings and numbers. Masked.

Data in: two schemas with the published tables, on one connection. Data out: a table ``differences`` on it.
Not here: why (changes.py names the feeds), which two are compared (changes.py, preview.py), and files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.warehouse import Connection

PERSON_FACTS: Mapping[str, str] = {
    "household_key": "所在户",
    "area_code": "所在村",
    "is_alive": "健在",
    "insured_state": "参保",
    "school_state": "就学",
    "is_dibao": "低保",
}
"""Columns of ``one_table_person`` whose change is told, in officers' words."""

HOUSEHOLD_FACTS: Mapping[str, str] = {
    "household_status": "脱贫属性",
    "household_attr": "户属性",
    "npc": "人均纯收入",
    "housing_ok": "住房安全",
    "water_ok": "饮水安全",
    "has_dibao": "低保户",
    "card": "卡别",
}
"""Columns of ``one_table_household`` whose change is told."""

TABLES = ("one_table_person", "one_table_household", "mismatches", "indicators")
"""What has to lie in both schemas."""

_COLUMNS = "kind, field, title, subject_type, subject_key, subject_label, area_code, before, after"


def compare(con: Connection, before: str, after: str) -> None:
    """Make the temporary table ``differences``: one row per thing that is not the same in schema ``after``.

    A fact that one of the two does not hold yet, being of an older version, is left out.
    """
    facts = {"person": ("one_table_person", PERSON_FACTS), "household": ("one_table_household", HOUSEHOLD_FACTS)}
    parts = [
        _rows_come_and_gone(before, after, "person", "one_table_person", "person_uid", "name", "人员"),
        _rows_come_and_gone(before, after, "household", "one_table_household", "household_key", "head_name", "户"),
        *(
            _fact(before, after, kind, column, title)
            for kind, (table, told) in facts.items()
            for column, title in told.items()
            if column in _columns(con, before, table) & _columns(con, after, table)
        ),
        _findings(before, after),
        _numbers(before, after),
    ]
    con.execute(f"create or replace temp table differences as {' union all '.join(parts)}")


def _columns(con: Connection, schema: str, table: str) -> set[str]:
    return {name for name, *_ in con.execute(f"describe select * from {schema}.{table}").fetchall()}


def _rows_come_and_gone(before: str, after: str, kind: str, table: str, key: str, label: str, title: str) -> str:
    return (
        f"select '{kind}' as kind, case when old.{key} is null then 'added' else 'removed' end as field,"
        f" '{title}' as title, '{kind}' as subject_type, coalesce(new.{key}, old.{key}) as subject_key,"
        f" coalesce(new.{label}, old.{label}) as subject_label, coalesce(new.area_code, old.area_code) as area_code,"
        " case when old." + key + " is not null then '在册' end as before,"
        " case when new." + key + " is not null then '在册' end as after"
        f" from {before}.{table} as old full join {after}.{table} as new on old.{key} = new.{key}"
        f" where old.{key} is null or new.{key} is null"
    )


def _fact(before: str, after: str, kind: str, column: str, title: str) -> str:
    table, key, label = {
        "person": ("one_table_person", "person_uid", "name"),
        "household": ("one_table_household", "household_key", "head_name"),
    }[kind]
    told = "card" if column == "card" else "fact"
    return (
        f"select '{told}' as kind, '{column}' as field, '{title}' as title, '{kind}' as subject_type,"
        f" new.{key} as subject_key, new.{label} as subject_label, new.area_code,"
        f" cast(old.{column} as varchar) as before, cast(new.{column} as varchar) as after"
        f" from {before}.{table} as old inner join {after}.{table} as new on old.{key} = new.{key}"
        f" where old.{column} is distinct from new.{column}"
    )


def _findings(before: str, after: str) -> str:
    return (
        "select 'finding' as kind, coalesce(new.rule_id, old.rule_id) as field,"
        " coalesce(new.title, old.title) || coalesce('·' || nullif(coalesce(new.detail, old.detail), ''), '') as title,"
        " coalesce(new.subject_type, old.subject_type) as subject_type,"
        " coalesce(new.subject_key, old.subject_key) as subject_key,"
        " coalesce(new.subject_label, old.subject_label) as subject_label,"
        " coalesce(new.area_code, old.area_code) as area_code, old.verdict as before, new.verdict as after"
        f" from {before}.mismatches as old full join {after}.mismatches as new on old.mismatch_id = new.mismatch_id"
        " where old.verdict is distinct from new.verdict"
    )


def _numbers(before: str, after: str) -> str:
    def written(side: str) -> str:
        parts = f"coalesce('(' || {side}.numerator || '/' || {side}.denominator || ')', '')"
        return f"cast({side}.value as varchar) || {parts}"

    return (
        "select 'number' as kind, coalesce(new.indicator, old.indicator) as field,"
        " coalesce(new.title, old.title) as title, 'indicator' as subject_type,"
        " coalesce(new.indicator, old.indicator) || '|' || coalesce(new.area_code, old.area_code) as subject_key,"
        " coalesce(new.title, old.title) as subject_label, coalesce(new.area_code, old.area_code) as area_code,"
        f" {written('old')} as before, {written('new')} as after"
        f" from {before}.indicators as old full join {after}.indicators as new"
        " on old.indicator = new.indicator and old.area_code = new.area_code"
        " where old.value is distinct from new.value or old.numerator is distinct from new.numerator"
        " or old.denominator is distinct from new.denominator"
    )


def ordered(extra: str = "") -> str:
    """The select of all differences in a total order; ``extra`` adds columns."""
    return (
        f"select {_COLUMNS}{extra} from differences order by kind, field, subject_type, subject_key, area_code, title"
    )
