"""What a department is told of its issues tonight, noted as events: pushed, reminded, overdue, too slow.

Data in: ``issue_state`` after tonight's comparison, ``pushed_lines`` with the check token of each line.
Data out: pending events pushed, reminded, overdue_noticed, slow_asked.
Each notice is given once per due date, a push again only when the line says something else or the issue came back.
Not here: the files (workbooks.py).
"""

from __future__ import annotations

from datetime import date

from connectors.warehouse import Connection
from pipeline.ledger import dates, events

SLOW = "i.is_slow and (i.state not in ('replied', 'verified') or i.result = 'in_progress')"
"""Which issue ``i`` its department has to account for (R069): one mended or explained waits for data or the office."""


def push(con: Connection, ledger: str, batch_seq: int, as_of: date) -> int:
    """Stage a push of every open issue whose department does not hold this very line yet."""
    con.execute("set variable as_of = ?::date", [as_of])
    return events.stage(
        con,
        ledger,
        batch_seq,
        f"""
        select
            'pushed' as kind, i.issue_id, i.case_id, i.round, getvariable('as_of') as on_date, i.owner as sector,
            '系统' as who, 'B{batch_seq:04d}' as after,
            case
                when i.first_pushed_on is null then case when i.round > 1 then '重新出现' else '新增' end
                when i.pushed_to is distinct from i.owner then '转入'
                when i.is_to_push then '退回重办'
                else '内容有变'
            end as note,
            l.token
        from issue_state as i
        inner join pushed_lines as l on i.issue_id = l.issue_id
        where i.is_open and i.state <> 'waived' and not i.is_undecided
            and (i.is_to_push or i.token is distinct from l.token)
        """,
    )


def notify(con: Connection, ledger: str, batch_seq: int, terms: dates.Terms) -> None:
    """Stage tonight's reminders and notices."""
    given = "exists (select 1 from live_events as e where e.issue_id = i.issue_id and e.kind = '{kind}' and {same})"
    same_due = "e.due_on is not distinct from i.due_on and e.sector = i.owner"
    days = f"date_diff('day', getvariable('as_of'), i.due_on) between 0 and {terms.remind_days}"
    for kind, when, same in (
        ("reminded", days, same_due),
        ("overdue_noticed", "i.is_overdue", same_due),
        ("slow_asked", SLOW, "e.sector = i.owner"),
    ):
        events.stage(
            con,
            ledger,
            batch_seq,
            f"""
            select
                '{kind}' as kind, i.issue_id, i.case_id, i.round, getvariable('as_of') as on_date, i.owner as sector,
                '系统' as who, i.due_on, i.progress
            from issue_state as i
            where i.is_open and i.state <> 'waived' and {when}
                and not {given.format(kind=kind, same=same)}
            """,
        )
