"""Tells each department which of its issues are due, past their date, or progressing too slowly (R069).

Data in: ``issue_rows`` and ``issue_state``. Data out: ``outbox/<sector>/…整改提醒.xlsx``,
none where there is nothing to say.
Not here: the answer: the next workbook of issues takes it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from connectors.contract import SECTORS
from connectors.outbox.workbook import MAX_ROWS, add_table, clean_stem, new_workbook, put
from pipeline.ledger import dates
from pipeline.ledger.notices import SLOW

if TYPE_CHECKING:
    from connectors.warehouse import Connection
    from pipeline.settings import Settings

_HEADERS = ("问题编号", "规则", "问题说明", "对象", "乡镇", "行政村", "发现日期", "整改时限", "完成进度", "办理情况")
_WIDTHS = (24, 8, 34, 24, 10, 10, 12, 12, 10, 30)
_KINDS = (
    ("已逾期", "i.is_overdue", "以下问题已过整改时限，请立即办理并回复。"),
    (
        "即将到期",
        "not i.is_overdue and date_diff('day', getvariable('as_of'), i.due_on) <= $days",
        "以下问题即将到期。",
    ),
    ("逾期未回复", "i.is_reply_late", "以下问题已过复核或情况说明的期限而没有回复，请立即回复。"),
    ("进度较慢", SLOW, "以下问题进度较慢，请在问题清单的“情况说明”中作出书面说明，并填写完成进度。"),
)


def remind_issues(settings: Settings, con: Connection, titles: dict[str, str], as_of: date) -> dict[str, int]:
    """Write the reminders of every department; returns the lines of each."""
    days = dates.terms(settings.county, as_of).remind_days
    counts = {}
    for sector in SECTORS:
        sheets = {name: (told, _lines(con, sector, when, days)) for name, when, told in _KINDS}
        path = settings.outbox / sector / f"{clean_stem(f'{settings.county}_{titles[sector]}整改提醒.x')}.xlsx"
        counts[sector] = sum(len(rows) for _, rows in sheets.values())
        if counts[sector] == 0:
            path.unlink(missing_ok=True)
            continue
        with new_workbook(path, as_of) as (book, formats):
            for name, (told, rows) in sheets.items():
                if not rows:
                    continue
                add_table(book, formats, name, _HEADERS, rows, _WIDTHS, first_row=2)
                sheet = book.get_worksheet_by_name(name)
                put(sheet, 0, 0, f"{settings.county_name}{titles[sector]}整改提醒：{name}", formats.heading)
                put(sheet, 1, 0, f"截至 {as_of.isoformat()}。{told}", formats.plain)
    return counts


def _lines(con: Connection, sector: str, when: str, days: int) -> list[tuple[object, ...]]:
    limits = {"sector": sector} | ({"days": days} if "$days" in when else {})
    return con.execute(
        f"""
        select r.issue_id, r.rule_id, r.problem, r.subject, r.township, r.village, r.found_on, r.due_on,
            case when i.progress is not null then round(i.progress * 100)::integer || '%' end, r.status
        from issue_rows as r
        inner join issue_state as i on r.issue_id = i.issue_id
        where r.owner = $sector and i.state <> 'waived' and not i.is_undecided and i.due_on is not null and {when}
        order by r.rank, r.due_on, r.issue_id limit {MAX_ROWS}
        """,
        limits,
    ).fetchall()
