"""The landing suite: what must hold of one staged file before its rows enter the warehouse.

Data in: the feed's contract, the counts of the file's result and the guards. Data out: checks on table ``staged``.
Not here: the row checks themselves. Intake has already sent bad rows back to the clerk; a critical failure here means
that intake broke its own promise, so nothing is loaded and the operator is told. What a sender can mend is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from connectors.contract import Feed
from connectors.contract.layout import masked_stem, staged_columns
from expectations.checks import Check, has_columns, no_rows, not_null

ID_SHARE_WARN = Decimal("0.05")
"""Share of unusable ids above which the file is flagged (ours; no document states one)."""


class Guards(Protocol):
    """The policy values of the two guards (feeds.md section 5; ours)."""

    @property
    def reject_ratio(self) -> float | Decimal:
        """Largest accepted share of rejected rows."""

    @property
    def row_drop(self) -> float | Decimal:
        """Smallest accepted share of the previous full file's rows."""

    @property
    def min_rows(self) -> int:
        """Files smaller than this are not guarded."""


STAGED = "select * from staged"


def suite(
    feed: Feed,
    counts: Mapping[str, int],
    *,
    guards: Guards | None = None,
    previous_rows: int | None = None,
    is_released: bool = False,
    joined: int = 0,
) -> list[Check]:
    """Checks on one staged file of ``feed``.

    ``counts`` holds rows_in, rows_ok, rows_warn, rows_rejected and rows_dup as they stand in the receipt; ``joined``
    of the accepted rows stand in another row's record;
    ``previous_rows`` the accepted rows of the last full file of the same area, None where the guard does not apply.
    """
    return [
        *_columns(feed),
        *_completeness(feed),
        *_identities(feed),
        *_conservation(feed, counts, joined),
        *_guards(feed, counts, guards, previous_rows, is_released),
    ]


def _name(feed: Feed, purpose: str) -> str:
    return f"staged.{feed.table}.{purpose}"


def _columns(feed: Feed) -> list[Check]:
    wanted = tuple(column.name for column in staged_columns(feed))
    return [has_columns(_name(feed, "columns"), STAGED, wanted, "critical", "契约规定的列齐全")]


def _completeness(feed: Feed) -> list[Check]:
    """Mandatory columns are filled; a withdrawal needs its key columns only."""
    present = {column.name for column in staged_columns(feed)}
    return [
        not_null(
            _name(feed, f"{column.name}_complete"),
            f"{STAGED} where op = 'upsert'",
            column.name,
            "critical",
            f"必填列「{column.header}」无空值",
        )
        for column in feed.columns
        if column.req == "M" and column.name in present and column.group != "AREA"
    ]


def _identities(feed: Feed) -> list[Check]:
    checks = []
    for column in feed.columns:
        if column.type == "id" and not column.secondary:
            status = f"{masked_stem(column.name)}_status"
            share = f"select avg(case when {status} = 'invalid' then 1.0 else 0.0 end) as share from staged"
            title = f"「{column.header}」号码错误的比例不超过 {ID_SHARE_WARN:.0%}"
            name = _name(feed, f"{column.name}_valid_share")
            checks.append(no_rows(name, share, f"share > {ID_SHARE_WARN}", "warning", title))
    return checks


def _conservation(feed: Feed, counts: Mapping[str, int], joined: int) -> list[Check]:
    """Rows read = accepted + rejected + duplicate, and the staged rows are those that the receipt counts."""
    accepted = counts["rows_ok"] + counts["rows_warn"]
    total = accepted + counts["rows_rejected"] + counts["rows_dup"]
    staged = "select count(distinct (sheet, row_no)) as staged_rows from staged"
    numbers = f"select {counts['rows_in']} as rows_in, {total} as rows_told"
    return [
        no_rows(
            _name(feed, "rows_conserved"), numbers, "rows_in <> rows_told", "critical", "读入行数=接收+提示+退回+重复"
        ),
        no_rows(
            _name(feed, "rows_staged"),
            staged,
            f"staged_rows <> {accepted - joined}",
            "critical",
            "待入库行数与回执接收行数一致",
        ),
        no_rows(
            _name(feed, "row_place"),
            "select sheet, row_no, sub_no, count(*) as places from staged group by all",
            "places > 1 or sheet is null or row_no is null or sub_no is null",
            "critical",
            "每条记录都有唯一的工作表和行号",
        ),
    ]


def _guards(
    feed: Feed, counts: Mapping[str, int], guards: Guards | None, previous_rows: int | None, is_released: bool
) -> list[Check]:
    if guards is None:
        return []
    ratio = (
        f"select {counts['rows_in']} as rows_in, {counts['rows_rejected']} as rejected,"
        f" {counts['rows_ok'] + counts['rows_warn']} as accepted"
    )
    checks = [
        no_rows(
            _name(feed, "reject_share"),
            ratio,
            f"rows_in >= {guards.min_rows} and rejected > {guards.reject_ratio} * rows_in",
            "critical",
            f"退回比例不超过 {float(guards.reject_ratio):.0%}",
        )
    ]
    if previous_rows is not None and previous_rows >= guards.min_rows and not is_released:
        checks.append(
            no_rows(
                _name(feed, "row_drop"),
                ratio,
                f"accepted < {guards.row_drop} * {previous_rows}",
                "critical",
                f"接收行数不低于上期的 {float(guards.row_drop):.0%}",
            )
        )
    return checks
