"""What a returned list of issues needs beyond the common reading (feeds.md 15.2).

Data in: the view ``source`` and ``typed`` of a replies file; the table ``pushed_issues(issue_id, sector, is_cleared)``
if the caller has one. Data out: rows without a reply in ``skips``, codes in ``issues``.
Not here: the effect of a reply, and making the pushed list.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Feed
from connectors.intake.cell_types import BLANK_WORDS
from connectors.intake.slots import Slot
from connectors.sql_text import literal, literals
from connectors.warehouse import Connection

_PLACE = "sheet_no, row_no, sub_no"
TOKEN_FIELDS = (
    "issue_id", "attr", "village_code", "hh_no", "name", "id_no", "sector_value", "register_value",
)  # fmt: skip
TOKEN_LENGTH = 8


def skip_unanswered(con: Connection, feed: Feed, slots: Mapping[str, Slot]) -> None:
    """A row whose deciding cell is blank is no reply yet: skipped without a code."""
    column = str(feed.extra.get("skip_when_blank") or "")
    if column not in slots:
        return
    words = literals(sorted(BLANK_WORDS))
    con.execute(
        "insert into skips select distinct sheet_no, row_no, 'unanswered' from source"
        f" where coalesce(trim(r_{column}), '') in ({words})"
    )


def check_replies(con: Connection, feed: Feed, slots: Mapping[str, Slot]) -> None:
    """Tokens against the pushed cells, issues against the pushed ones; does nothing for other feeds."""
    if feed.entity != "replies":
        return
    # The number is pushed back as it was, blank where it was not told.
    con.execute(
        "delete from issues where column_name = 'id_no' and code in ('W_ID_CHECK', 'W_ID_DIVISION', 'W_ID_BLANK')"
    )
    cells = " || '|' || ".join(f"coalesce(trim(r_{name}), '')" if name in slots else "''" for name in TOKEN_FIELDS)
    con.execute(
        f"insert into issues select {_PLACE}, 'check_token', 'R_PUSH_MISALIGNED', null from source"
        f" where r_issue_id is not null and r_check_token is not null"
        f" and left(sha256({cells}), {TOKEN_LENGTH}) <> lower(trim(r_check_token))"
    )
    _check_sector(con, feed, slots)
    _check_pushed(con, feed)


def _check_sector(con: Connection, feed: Feed, slots: Mapping[str, Slot]) -> None:
    """A row that was pushed to another sector."""
    if "sector" not in slots:
        return
    words = ", ".join(literal(word) for word in (feed.sector, feed.department, ""))
    con.execute(
        f"insert into issues select {_PLACE}, 'issue_id', 'R_REF_UNKNOWN', null from source"
        f" where coalesce(trim(r_sector), '') not in ({words})"
    )


def _check_pushed(con: Connection, feed: Feed) -> None:
    columns = {
        name
        for (name,) in con.execute(
            "select column_name from duckdb_columns() where table_name = 'pushed_issues'"
        ).fetchall()
    }
    if not columns:
        return
    own = f"select issue_id from pushed_issues where sector = {literal(feed.sector)}"
    con.execute(
        f"insert into issues select {_PLACE}, 'issue_id', 'R_REF_UNKNOWN', null from typed where issue_id is not null"
        f" and issue_id not in ({own})"
    )
    con.execute(
        f"insert into issues select {_PLACE}, 'issue_id', 'R_ISSUE_CLOSED', null from typed where issue_id in"
        f" ({own} and is_cleared)"
    )
    if "check_token" in columns:
        # The row agrees with itself but not with what was pushed last: it comes from an older workbook.
        con.execute(
            f"insert into issues select {_PLACE}, 'check_token', 'R_PUSH_MISALIGNED', null from typed"
            f" inner join ({own.replace('issue_id', 'issue_id, check_token as told', 1)} and not is_cleared) as pushed"
            f" using (issue_id) where lower(trim(typed.check_token)) <> pushed.told"
        )
