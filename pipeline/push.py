"""Pushes each department the mismatches that it owes an answer for.

Data in: a publication's full database and the warehouse's list of submissions. Data out: one workbook per sector below
``outbox/<sector>/``.
A department sees its own mismatches only. What another source says of the subject reaches it through one allow-list,
:data:`SHARED`; whatever is not listed there stays out of its workbook.
Not here: the look of the workbook (connectors/outbox).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.contract import SECTORS, feeds
from connectors.faults import fault
from connectors.outbox.mismatches import Line, RuleCount, write_workbook
from connectors.outbox.workbook import MAX_ROWS, clean_stem
from connectors.warehouse import open_warehouse
from pipeline.publish import opened
from pipeline.remind import remind

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings


@dataclass(frozen=True)
class Sides:
    """Which column of ``mismatches`` may be shown as whose value.

    ``requirement`` tells whether ``expected`` is what a policy asks for (public) rather than what a source holds.
    """

    sector: str | None = None
    register: str | None = None
    requirement: bool = False
    difference: bool = False


_OWN = Sides(sector="actual", requirement=True)
_IDENTITY = Sides(sector="actual", register="expected")
_COPY = Sides(sector="expected", register="actual")
_WITHHELD = Sides(requirement=True)

SHARED: Mapping[tuple[str, str], Sides] = {
    ("R001", "name"): _IDENTITY,
    ("R001", "head_name"): _IDENTITY,
    ("R001", "village"): _IDENTITY,
    ("R001", "hh_no"): _IDENTITY,
    ("R001", "ins_basic"): _COPY,
    ("R001", "dilapidated"): _COPY,
    ("R001", "water_safe"): _COPY,
    ("R002", "*"): Sides(sector="actual", register="expected", difference=True),
    ("R003", "*"): Sides(register="actual", requirement=True),
    ("R006", "name_differs"): _IDENTITY,
    ("R006", "*"): _OWN,
    ("R048", "*"): Sides(register="actual", requirement=True, difference=True),
    ("R081", "*"): _OWN,
    ("R087", "*"): _OWN,
    ("R102", "*"): Sides(sector="actual", requirement=True, difference=True),
    ("R104", "*"): Sides(sector="actual", requirement=True, difference=True),
    ("R107", "*"): _OWN,
    ("R120", "*"): _OWN,
    ("R133", "*"): _OWN,
    ("R134", "*"): _OWN,
    ("R144", "*"): _WITHHELD,
    ("R146", "*"): Sides(sector="actual", register="expected"),
}
"""By rule and the last part of its detail (``*``: every other one): what its owner may be shown.

R001 and R006: departments have to bring identity into line with the register (D1), so they are told what it says.
R144: the income of the other side is withheld; that it lies below the line is the finding itself.
"""

SUBJECT_FIELDS = ("name", "id_masked", "head_name", "hh_no")
"""What the register tells a department so that it finds the subject of its own mismatch."""

_COUNTY_DIGITS = 6
_SEVERITIES = {"critical": "严重", "major": "较重", "minor": "一般", "warning": "一般"}
_VERDICTS = {"fail": "", "unknown": "(未知)", "warn": "(预警)"}
_ORDER = (
    "case m.severity when 'critical' then 0 when 'major' then 1 else 2 end,"
    " case m.verdict when 'fail' then 0 when 'unknown' then 1 else 2 end,"
    " m.due_on nulls last, m.rule_id, m.area_code nulls last, m.detail, m.mismatch_id"
)


def push(settings: Settings, full_database: Path, as_of: date) -> dict[str, int]:
    """Write every sector's workbook; returns the number of its mismatches.

    A sector without a mismatch gets a workbook too: an empty list is an answer, a missing one is not.
    """
    titles = {feed.sector: feed.department for feed in reversed(feeds())}
    with open_warehouse(settings.warehouse, read_only=True, wait_seconds=settings.wait_seconds) as warehouse:
        sources = _sources(warehouse)
    counts: dict[str, int] = {}
    with opened(settings, full_database) as con:
        places = _places(con)
        for sector in SECTORS:
            department = titles.get(sector, sector)
            stem = clean_stem(f"{settings.county_name}_{department}_问题清单_{as_of.isoformat()}.x")
            rules = _counts(con, sector)
            write_workbook(
                settings.outbox / sector / f"{stem}.xlsx",
                title=f"{settings.county_name}{department}数据与建档立卡数据问题清单",
                unit=department,
                as_of=as_of,
                lines=[_line(row, sector, sources, places) for row in _mismatches(con, sector)],
                counts=rules,
            )
            fault("push_workbook")
            counts[sector] = sum(rule.total for rule in rules)
        remind(settings, con, as_of)
    return counts


def _sources(warehouse: Connection) -> dict[str, tuple[str, str]]:
    """Sector and file name of every submission."""
    found = warehouse.execute("select submission_id, sector, file_name from meta.submissions").fetchall()
    return {submission: (sector, file_name) for submission, sector, file_name in found}


def _mismatches(con: Connection, sector: str) -> list[dict[str, Any]]:
    """A sector's worst mismatches with their subjects' names.

    The kind of subject stands inside the joined key: beside it, the engine would compare every pair.
    """
    cursor = con.execute(
        f"""
        with worst as (
            select m.*, row_number() over (order by {_ORDER}) as place
            from "full".mismatches as m
            where m.owner = ?
            order by place
            limit {MAX_ROWS}
        )
        select w.*, p.name, p.id_masked, h.head_name, h.hh_no
        from worst as w
        left join "full".one_table_person as p
            on p.person_uid = case when w.subject_type = 'person' then w.subject_key end
        left join "full".one_table_household as h
            on h.household_key = case when w.subject_type = 'household' then w.subject_key end
        order by w.place
        """,
        [sector],
    )
    return _dicts(cursor)


def _places(con: Connection) -> dict[str, tuple[str, str]]:
    """Names of township and village by area code; a village without a name shows its code."""
    places: dict[str, tuple[str, str]] = {}
    for row in _dicts(con.execute('select * from "full".one_table_village order by area_code')):
        code = str(row["area_code"])
        township = str(row.get("township_name") or code[:9])
        places[code] = (township, str(row.get("village_name") or row.get("area_name") or code))
        places[code[:9]] = (township, "")
    return places


def _dicts(cursor: Connection) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _line(
    row: Mapping[str, Any],
    sector: str,
    sources: Mapping[str, tuple[str, str]],
    places: Mapping[str, tuple[str, str]],
) -> Line:
    sides = sides_of(str(row["rule_id"]), str(row["detail"] or ""), sector)
    wanted = f":应为「{row['expected']}」" if sides.requirement and row["expected"] else ""
    file_name, sheet, row_no = _place(row, sector, sources)
    area = _text(row["area_code"])
    township, village = places.get(area, ("", "") if len(area) <= _COUNTY_DIGITS else (area[:9], area))
    return Line(
        number=f"{row['rule_id']}-{row['mismatch_id'][:12]}",
        rule_id=str(row["rule_id"]),
        title=f"{row['title']}{_VERDICTS.get(str(row['verdict']), '')}{wanted}",
        subject=_subject(row),
        township=township,
        village=village,
        sector_value=_text(row[sides.sector]) if sides.sector else None,
        register_value=_text(row[sides.register]) if sides.register else None,
        difference=_text(row["difference"]) if sides.difference else None,
        level=_SEVERITIES.get(str(row["severity"]), str(row["severity"] or "")),
        found_on=_text(row["found_on"]),
        due_on=_text(row["due_on"]),
        instruction=_text(row["instruction"]),
        file_name=file_name,
        sheet=sheet,
        row_no=row_no,
    )


def sides_of(rule_id: str, detail: str, sector: str) -> Sides:
    """What may be shown of a mismatch; of an unlisted rule only what its owner itself holds."""
    kind = detail.rpartition(".")[2]
    found = SHARED.get((rule_id, kind)) or SHARED.get((rule_id, "*"))
    if found is not None:
        return found
    return Sides(register="actual") if sector == "registry" else Sides(sector="actual")


def _subject(row: Mapping[str, Any]) -> str:
    if row["name"]:
        return f"{row['name']}({row['id_masked'] or '无证件号'})"
    if row["head_name"]:
        return f"{row['head_name']}户({row['hh_no'] or '无户编号'})"
    return _text(row["subject_label"])


def _place(
    row: Mapping[str, Any], sector: str, sources: Mapping[str, tuple[str, str]]
) -> tuple[str | None, str | None, str | None]:
    """File, sheet and row of the department's own side; the other side's file is none of its business."""
    for evidence in (row["evidence"], row["counter_evidence"]):
        submission, _, place = _text(evidence).partition("#")
        owner, file_name = sources.get(submission, ("", ""))
        if owner == sector:
            sheet, _, row_no = place.rpartition("!")
            return file_name, sheet, row_no
    return None, None, None


def _counts(con: Connection, sector: str) -> list[RuleCount]:
    found = con.execute(
        """
        select rule_id, min(title), count(*), count(*) filter (where verdict = 'fail'),
            count(*) filter (where verdict = 'unknown'), count(*) filter (where verdict = 'warn'), min(due_on)
        from "full".mismatches where owner = ? group by rule_id order by rule_id
        """,
        [sector],
    ).fetchall()
    return [
        RuleCount(rule_id, title, total, failed, unknown, warned, _text(due) or None)
        for rule_id, title, total, failed, unknown, warned, due in found
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)
