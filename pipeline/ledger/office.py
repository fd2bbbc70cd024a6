"""What the poverty office finds in its own outbox: reviews to make, and one page for the leadership.

Data in: ``issue_rows``, ``issue_state``, the replies as they came. Data out: two workbooks in ``outbox/registry``.
Not here: what a review does (officers.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.contract import code_list
from connectors.outbox.leadership import write_leadership
from connectors.outbox.reviews import write_reviews
from connectors.outbox.workbook import MAX_ROWS, clean_stem
from pipeline.ledger import views
from pipeline.ledger.replies import explanations
from pipeline.ledger.tables import VIEWS

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_MOST_NIGHTS = 60


def push_office(settings: Settings, con: Connection, titles: dict[str, str], as_of: date) -> int:
    """Write both workbooks; returns the number of issues that wait for the office."""
    folder = settings.outbox / "registry"
    rows = _reviews(con, titles)
    path = folder / f"{clean_stem(f'{settings.county}_问题复核清单.x')}.xlsx"
    if rows:
        title = f"{settings.county_name}问题复核清单"
        write_reviews(path, title=title, as_of=as_of, units=tuple(titles.values()), rows=rows)
    else:
        path.unlink(missing_ok=True)
    _write_leadership(settings, con, titles, as_of)
    return len(rows)


def _reviews(con: Connection, titles: dict[str, str]) -> list[tuple[object, ...]]:
    units = " ".join(f"when '{sector}' then '{word}'" for sector, word in titles.items())
    results = " ".join(f"when '{code.code}' then '{code.word}'" for code in code_list("CL-RESULT").codes)
    return con.execute(
        f"""
        select
            r.issue_id, case when r.is_undecided then '裁定责任单位' else '复核说明' end as matter,
            r.rule_id, r.problem, r.subject, r.township, r.village, case r.owner {units} end as unit,
            case i.result {results} end as result, t.explanation, t.evidence_id, i.handler, i.signer, r.due_on, r.status
        from issue_rows as r
        inner join issue_state as i on r.issue_id = i.issue_id
        left join ({explanations("wh")}) as t on i.reply_source = t.source
        where r.is_undecided or (i.state = 'replied' and i.result in ('explained', 'no_fault'))
        order by r.rank, r.due_on nulls last, r.issue_id
        limit {MAX_ROWS}
        """
    ).fetchall()


def _write_leadership(settings: Settings, con: Connection, titles: dict[str, str], as_of: date) -> None:
    views.load_stages(con, settings.county, as_of)
    units = " ".join(f"when '{sector}' then '{word}'" for sector, word in titles.items())
    league = con.execute(
        f"""
        select place::integer, case unit {units} else unit end, issues, open_issues, overdue, overdue_rate, cleared,
            cleared_rate, reopened, median_days
        from ({VIEWS["issue_league"]}) as league where kind = 'department' order by place, unit
        """
    ).fetchall()
    runs = con.execute(
        f"""
        select * from (
            select as_of::varchar, (sum(new_issues) + sum(still_open))::integer, sum(new_issues)::integer,
                sum(fixed)::integer, batch_seq
            from ({VIEWS["issue_runs"]}) as runs group by as_of, batch_seq
            order by batch_seq desc limit {_MOST_NIGHTS}
        ) as last order by batch_seq
        """
    ).fetchall()
    stage = con.execute(
        "select title, clear_by, date_diff('day', getvariable('as_of'), clear_by) from stage_ends"
        " where clear_by >= getvariable('as_of') order by clear_by limit 1"
    ).fetchall()
    told = f"　{stage[0][0]}：{stage[0][1]} 前销号，还有 {stage[0][2]} 天" if stage else ""
    total, overdue = con.execute(
        "select count(*) filter (where is_open), count(*) filter (where is_overdue) from issue_state"
    ).fetchall()[0]
    write_leadership(
        settings.outbox / "registry" / f"{clean_stem(f'{settings.county}_问题销号情况.x')}.xlsx",
        title=f"{settings.county_name}问题销号情况",
        as_of=as_of,
        note=f"截至 {as_of.isoformat()}　未销号 {total} 个，逾期 {overdue} 个{told}",
        league=league,
        runs=[row[:4] for row in runs],
    )
