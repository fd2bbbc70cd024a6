"""What the reading of a returned workbook has to know: which issues a department may answer, and what was pushed last.

Data in: the ledger. Data out: the temporary table ``pushed_issues`` in the scratch database.
Not here: the checks themselves (connectors/intake/replies.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.ledger import night, state

if TYPE_CHECKING:
    from connectors.warehouse import Connection


def fill_pushed(con: Connection, as_of: date) -> None:
    """Make ``pushed_issues``; the warehouse is attached to ``con`` as ``wh``.

    An issue belongs to the department that owns it now. One that waits for the poverty office's decision is nobody's
    to answer; one that a withdrawn night had pushed counts as cleared.
    """
    night.state_after(con, as_of=as_of)
    con.execute(
        f"""
        create or replace temp table pushed_issues as
        select issue_id, owner as sector, not is_open as is_cleared, token as check_token
        from issue_state where not is_undecided
        union all
        select issue_id, arg_max(sector, event_seq), true, arg_max(token, event_seq)
        from {night.LEDGER}.events
        where kind = 'pushed' and issue_id not in (select issue_id from issue_state)
        group by issue_id
        """
    )
    for table in ("issue_state", "live_batches", state.PENDING):
        con.execute(f"drop table {table}")
    con.execute("drop view live_events")
