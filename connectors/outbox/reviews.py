"""The workbook in which the poverty office reviews explanations and decides about refused transfers.

Data in: rows of text in the order of :data:`HEADERS`. Data out: an xlsx file whose bytes depend on its content only.
Not here: what a review does (pipeline/ledger/officers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from connectors.outbox.workbook import add_table, new_workbook, put

HEADERS = (
    "问题编号", "事项", "规则", "问题说明", "对象", "乡镇", "行政村", "责任单位", "办理结果", "情况说明",
    "佐证材料编号", "经办人", "审核人", "整改时限", "办理情况",
)  # fmt: skip
ANSWER_HEADERS = ("复核结论", "裁定单位", "复核人", "复核意见")
VERDICTS = ("同意", "不同意")
_WIDTHS = (24, 14, 8, 30, 22, 10, 10, 10, 10, 40, 14, 10, 10, 12, 30, 10, 10, 10, 30)
_TABLE_ROW = 2


def write_reviews(
    path: Path, *, title: str, as_of: date, units: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Write the workbook: one line per issue that waits for the office."""
    with new_workbook(path, as_of) as (book, formats):
        blanks = (None,) * len(ANSWER_HEADERS)
        headers = (*HEADERS, *ANSWER_HEADERS)
        count = add_table(
            book, formats, "待复核", headers, [(*row, *blanks) for row in rows], _WIDTHS, first_row=_TABLE_ROW
        )
        sheet = book.get_worksheet_by_name("待复核")
        put(sheet, 0, 0, title, formats.heading)
        told = (
            f"截至 {as_of.isoformat()}。复核说明的填“复核结论”，退回转办的填“裁定单位”，都须填复核人和复核意见；"
            "复核人不得是经办人或审核人。填好后放进 ingest/registry/reviews 文件夹。"
        )
        put(sheet, 1, 0, told, formats.plain)
        first, last = _TABLE_ROW + 1, _TABLE_ROW + max(count, 1)
        for header, words in (("复核结论", VERDICTS), ("裁定单位", tuple(units))):
            place = headers.index(header)
            sheet.data_validation(first, place, last, place, {"validate": "list", "source": list(words)})
