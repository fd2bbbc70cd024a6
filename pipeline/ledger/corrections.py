"""What a department, or the register, should write into its own data, and whether it has said and done so (R005).

Data in: ``issue_rows`` and ``issue_state``. Data out: ``outbox/<sector>/…数据更正单.xlsx``; a view of all of them.
Identity follows the register, a sector's fact the sector (D1, Q01): only there is the right value known. Any answer to
the issue acknowledges its correction, the data that no longer differ prove it.
Not here: the issue's own life (state.sql).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.contract import SECTORS
from connectors.outbox.corrections import write_corrections
from connectors.outbox.workbook import MAX_ROWS, clean_stem

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_CORRECTABLE = "(i.rule_id = 'R001' or (i.rule_id = 'R006' and i.detail like '%.name_differs'))"
VIEW = f"""
    select
        i.issue_id, i.owner, i.rule_id, i.detail, i.first_pushed_on as pushed_on, i.replied_on as acknowledged_on,
        case when not i.is_open then i.cleared_on end as applied_on, i.evidence, i.counter_evidence
    from issue_state as i
    where {_CORRECTABLE} and i.owner = i.found_owner
    order by i.issue_id
    """


def push_corrections(settings: Settings, con: Connection, titles: dict[str, str], as_of: date) -> dict[str, int]:
    """Write every department's list of open corrections; returns the lines of each. An empty list is taken away."""
    counts = {}
    for sector in SECTORS:
        path = settings.outbox / sector / f"{clean_stem(f'{settings.county}_{titles[sector]}数据更正单.x')}.xlsx"
        rows = _rows(con, sector)
        counts[sector] = len(rows)
        if rows:
            title = f"{settings.county_name}{titles[sector]}数据更正单"
            write_corrections(path, title=title, as_of=as_of, rows=rows)
        else:
            path.unlink(missing_ok=True)
    return counts


def _rows(con: Connection, sector: str) -> list[tuple[object, ...]]:
    """Before is what the owner holds, after what the other side holds; only what the allow-list has let through."""
    before, after = ("register_value", "sector_value") if sector == "registry" else ("sector_value", "register_value")
    return con.execute(
        f"""
        select
            r.issue_id, r.problem, r.subject, r.township, r.village, r.hh_no, r.{before}, r.{after},
            case when r.owner = 'registry' then '行业事实以行业数据为准' else '身份信息以建档立卡为准' end,
            r.file_name, r.sheet, r.row_no, r.due_on,
            case when i.result = 'fixed' then '部门已报更正 ' || i.replied_on
                when i.replied_on is not null then '已确认 ' || i.replied_on else '待确认' end
        from issue_rows as r
        inner join issue_state as i on r.issue_id = i.issue_id
        where r.owner = $sector and r.owner = r.found_owner and {_CORRECTABLE} and r.{after} is not null
            and i.state <> 'waived' and not i.is_undecided
        order by r.rank, r.due_on nulls last, r.issue_id
        limit {MAX_ROWS}
        """,
        {"sector": sector},
    ).fetchall()
