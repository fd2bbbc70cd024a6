"""Writes what each department finds in its outbox: its issues to answer, its notices, what it should correct.

Data in: the ledger after its last night, the publication of that night. Data out: ``outbox/<sector>/…xlsx``, under
names that stay the same from night to night; only what changed is marked.
Not here: deciding what is pushed (notices.py) and the look (connectors/outbox).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.contract import SECTORS
from connectors.faults import fault
from connectors.outbox.issues import FILLED, Head, write_issues
from connectors.outbox.workbook import MAX_ROWS, clean_stem
from pipeline.ledger import corrections, dates, lines
from pipeline.ledger.night import LEDGER, PUBLISHED, opened, state_after
from pipeline.ledger.office import push_office
from pipeline.ledger.reminders import remind_issues
from pipeline.ledger.views import publish_issues

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_MOST_OTHERS = 5_000
_TOWNSHIP_DIGITS = 9
STATES = {
    "found": "已发现", "pushed": "已推送，待回复", "replied": "已回复，待核验", "verified": "已说明未销号",
    "waived": "暂缓", "cleared": "已销号",
}  # fmt: skip


def write_all(settings: Settings, full: Path, folder: str) -> dict[str, int]:
    """Write every workbook and the ledger's own publication; returns open issues per sector."""
    with opened(settings, full=full) as con:
        as_of = state_after(con)
        if as_of is None:
            return {}
        lines.make_lines(con, PUBLISHED, "wh")
        _load_rows(con)
        corrections.load(con, PUBLISHED)
        titles = lines.feed_titles()
        counts = {sector: _write_sector(settings, con, sector, titles, as_of) for sector in SECTORS}
        remind_issues(settings, con, titles, as_of)
        corrections.push_corrections(settings, con, titles, as_of)
        push_office(settings, con, titles, as_of)
        publish_issues(settings, con, LEDGER, as_of, folder)
    return counts


def _load_rows(con: Connection) -> None:
    """``issue_rows``: what a workbook shows of every open issue, worst first; ``other_rows`` for the other side.

    Why an issue was returned is told to its owner alone: an officer's reason speaks of what that department wrote.
    """
    con.execute("create or replace temp table instructions (rule_id varchar, instruction varchar)")
    rows = [[rule.rule_id, rule.instruction] for rule in dates.rules().values()]
    if rows:
        con.executemany("insert into instructions values (?, ?)", rows)
    states = " ".join(f"when '{key}' then '{word}'" for key, word in STATES.items())
    titles = " ".join(f"when '{sector}' then '{word}'" for sector, word in lines.feed_titles().items())
    con.execute(
        f"""
        create or replace temp table issue_rows as
        select
            l.*,
            i.is_undecided,
            i.state,
            i.push_id,
            i.pushed_on,
            i.returned_why,
            case when i.pushed_on = getvariable('as_of') then i.push_note end as change,
            case i.state {states} end || case when i.is_overdue then '，已逾期' else '' end as standing,
            standing || coalesce('；' || i.returned_why, '')
                || case when i.owner <> i.found_owner then '；由' || (case i.found_owner {titles} end) || '转入'
                    else '' end as status,
            i.is_overdue,
            i.reply_by,
            n.instruction,
            i.found_owner
        from pushed_lines as l
        inner join issue_state as i on l.issue_id = i.issue_id
        left join instructions as n on l.rule_id = n.rule_id
        """
    )
    con.execute(
        f"""
        create or replace temp table other_rows as
        with told as (
            select issue_id, unnest([evidence, counter_evidence]) as told from issue_state where is_open
        )
        select
            s.sector, r.issue_id, r.rule_id, r.problem, case r.owner {titles} end as unit, r.subject, r.township,
            r.village, s.file_name, regexp_extract(t.told, '#(.*)![^!]*$', 1) as sheet,
            regexp_extract(t.told, '!([^!]*)$', 1) as row_no, r.due_on, r.standing, r.rank,
            r.area_code
        from told as t
        inner join wh.meta.submissions as s on split_part(t.told, '#', 1) = s.submission_id
        inner join issue_rows as r on t.issue_id = r.issue_id and r.owner <> s.sector
        """
    )


def _write_sector(settings: Settings, con: Connection, sector: str, titles: dict[str, str], as_of: date) -> int:
    """One workbook, or one per township where the issues are more than a workbook holds."""
    total = _count(con, sector)
    areas = [settings.county]
    if total > MAX_ROWS:
        found = con.execute(
            "select distinct coalesce(left(area_code, ?), ?) from issue_rows where owner = ? order by 1",
            [_TOWNSHIP_DIGITS, settings.county, sector],
        ).fetchall()
        areas = [area for (area,) in found]
    written = set()
    for area in areas:
        path = settings.outbox / sector / f"{clean_stem(f'{area}_{titles[sector]}问题清单.x')}.xlsx"
        _write_area(settings, con, sector, area if len(areas) > 1 else None, titles, as_of, path)
        written.add(path.name)
        fault("push_workbook")
    for path in (settings.outbox / sector).glob(f"*_{titles[sector]}问题清单.xlsx"):
        if path.name not in written:
            path.unlink()
    return total


_MINE = "owner = $sector and state <> 'waived' and not is_undecided"
_ORDER = "rank, verdict_rank, due_on nulls last, rule_id, area_code nulls last, attr, issue_id"


def _count(con: Connection, sector: str) -> int:
    found = con.execute(f"select count(*) from issue_rows where {_MINE}", {"sector": sector}).fetchall()
    return int(found[0][0])


def _write_area(
    settings: Settings, con: Connection, sector: str, area: str | None, titles: dict[str, str], as_of: date, path: Path
) -> None:
    told: dict[str, Any] = {"sector": sector}
    here = "true"
    if area is not None:
        here = f"coalesce(left(area_code, {_TOWNSHIP_DIGITS}), $county) = $area"
        told |= {"area": area, "county": settings.county}
    where = f"{_MINE} and {here}"
    cells = ", ".join(_filled(name, titles[sector]) for name in FILLED)
    rows = con.execute(
        f"select {cells} from issue_rows where {where} order by {_ORDER} limit {MAX_ROWS}", told
    ).fetchall()
    last = con.execute(
        "select coalesce(max(pushed_on), getvariable('as_of')), coalesce(max(push_id), ''),"
        " min(coalesce(reply_by, due_on))"
        f" filter (where coalesce(reply_by, due_on) >= getvariable('as_of')) from issue_rows where {where}",
        told,
    ).fetchall()[0]
    others = con.execute(
        "select issue_id, rule_id, problem, unit, subject, township, village, file_name, sheet, row_no, due_on,"
        f" standing from other_rows where sector = $sector and {here}"
        f" order by rank, due_on nulls last, issue_id limit {_MOST_OTHERS}",
        told,
    ).fetchall()
    write_issues(
        path,
        Head(
            title=f"{settings.county_name}{titles[sector]}问题清单",
            issued_by=f"{settings.county_name}{titles['registry']}",
            sector=sector,
            pushed_on=last[0],
            push_id=last[1],
            reply_by=last[2],
            as_of=as_of,
        ),
        rows,
        units=tuple(titles.values()),
        summary=_summary(con, where, told),
        others=others,
        not_run=_not_run(con, sector),
    )


def _not_run(con: Connection, sector: str) -> list[tuple[str, str, str]]:
    """The department's rules about which this list says nothing, and why."""
    found = con.execute(
        f"select rule_id, reason from {PUBLISHED}.rule_status where status = 'not_run' order by rule_id"
    )
    known = dates.rules()
    rules = [(known[rule_id], reason) for rule_id, reason in found.fetchall() if rule_id in known]
    return [(rule.rule_id, rule.title, reason) for rule, reason in rules if rule.owner == sector]


def _filled(name: str, unit: str) -> str:
    """SQL of one cell: dates as ISO text, so that a program that re-types them changes nothing."""
    if name == "unit":
        return f"'{unit}'"
    return f"{name}::varchar" if name in ("due_on", "found_on") else name


def _summary(con: Connection, where: str, told: dict[str, Any]) -> Sequence[Sequence[object]]:
    return con.execute(
        f"""
        select
            rule_id, min(regexp_replace(problem, ':应为.*$', '')), count(*), count(change),
            count(*) filter (where state = 'replied'), count(*) filter (where state = 'verified'),
            count(returned_why), count(*) filter (where is_overdue), min(due_on)
        from issue_rows where {where} group by rule_id order by rule_id
        """,
        told,
    ).fetchall()
