"""Workbooks of several sheets, merged headers and merged cells, made one by one.

Data in: nothing. Data out: (feed, file name, bytes, side file, expectation, label).
Not here: files of one plain sheet (singles.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.corpus.draft import RECEIVED, Draft, Line
from tests.corpus.tables import an_id, clean
from tests.integration.intake_bench import to_xlsx

Single = tuple[str, str, bytes, dict[str, Any] | None, dict[str, Any], str]
Rows = list[list[Any]]


def _expected(rows: Mapping[str, set[str]], reasons: set[str], count: int, **counts: int) -> dict[str, Any]:
    rejected = sum(any(code.startswith("R_") for code in codes) for codes in rows.values())
    warned = len(rows) - rejected
    return {
        "received_on": RECEIVED.isoformat(),
        "status": "accepted_with_errors" if rejected else "accepted",
        "reasons": sorted(reasons),
        "rows": {place: sorted(codes) for place, codes in rows.items()},
        "counts": {
            "rows_in": count,
            "rows_ok": count - rejected - warned,
            "rows_warn": warned,
            "rows_rejected": rejected,
            "rows_dup": 0,
            "rows_skipped": 0,
            **counts,
        },
    }


def _table(draft: Draft, *numbers: int) -> Rows:
    """The header and some rows of a draft."""
    body = draft.rows()
    return [body[0], *(body[1 + number] for number in numbers)]


def _file(draft: Draft, sheets: Mapping[str, Rows], expected: dict[str, Any], label: str, dress: Any = None) -> Single:
    return draft.feed, draft.stem + ".xlsx", to_xlsx(sheets, dress), None, expected, label


def _schools() -> Iterator[Single]:
    draft = clean("education/enrolments", 20)
    sheets: dict[str, Rows] = {f"第{number + 1}小学": _table(draft, number) for number in range(20)}
    sheets["填表说明"] = [["请按学籍填写"], ["一校一表"]]
    reasons = {"G_MULTI_SHEET", "G_SHEET_SKIPPED", "G_OPTIONAL_MISSING"}
    yield _file(draft, sheets, _expected({}, reasons, 20), "a sheet for each of 20 schools")
    draft = clean("education/enrolments", 2)
    short = [[cell for place, cell in enumerate(row) if draft.columns[place] != "姓名"] for row in _table(draft, 1)]
    refused = {"received_on": RECEIVED.isoformat(), "status": "refused", "reasons": ["F_HEADER_MISSING"]}
    expected = refused | {"rows": {}, "counts": {}}
    yield _file(draft, {"一小": _table(draft, 0), "二小": short}, expected, "one sheet lacks the names")


def _tekun() -> Iterator[Single]:
    draft = clean("civil_affairs/tekun", 3)
    draft.columns.remove("供养方式")
    reasons = {"G_MULTI_SHEET", "G_OPTIONAL_MISSING"}
    derived = {f"{sheet}!2": {"W_DERIVED"} for sheet in ("分散供养", "集中供养")}
    for line in draft.lines:
        line.cells["供养机构"] = "测试县中心敬老院"
    sheets = {"分散供养": _table(draft, 0), "集中供养": _table(draft, 1)}
    yield _file(draft, sheets, _expected(derived, reasons, 2), "sheets say how people are supported")
    double = {f"{sheet}!2": {"R_DUP_KEY"} for sheet in ("分散供养", "集中供养")}
    sheets = {"分散供养": _table(draft, 0), "集中供养": _table(draft, 0)}
    yield _file(draft, sheets, _expected(double, reasons, 2), "one person on both sheets")


def _townships() -> Iterator[Single]:
    draft = clean("medical/enrolments", 3)
    draft.columns.remove("乡镇")
    draft.lines[1].cells["村"] = "乙河村"
    sheets = {"甲镇": _table(draft, 0, 2), "乙镇": _table(draft, 1), "Sheet3": []}
    yield _file(draft, sheets, _expected({}, {"G_MULTI_SHEET"}, 3), "sheets named after townships")
    draft = clean("medical/enrolments", 2)
    sheets = {"汇总": [["项目", "人数"], ["合计", 2]], "名单": _table(draft, 0, 1)}
    yield _file(draft, sheets, _expected({}, {"G_SHEET_SKIPPED"}, 2), "a summary before the list")


def _merged() -> Iterator[Single]:
    draft = clean("medical/inpatient_claims", 2)
    groups = {
        "基本医疗报销": "四位一体统筹支付②",
        "大病保险赔付": "四位一体统筹支付②",
        "特惠保金额": "四位一体统筹支付②",
    }
    upper = [groups.get(column, column) for column in draft.columns]
    upper[draft.columns.index("医疗费总额")] = "本次总费用①=②+③+④"
    lower = [column if column in groups else "" for column in draft.columns]
    first = draft.columns.index("基本医疗报销")
    rows = [["一站式结算表"], upper, lower, *draft.rows()[1:]]

    def dress(book: Any, sheets: Mapping[str, Any]) -> None:
        plain = book.add_format({})
        sheets["Sheet1"].merge_range(1, first, 1, first + 2, groups["基本医疗报销"], plain)
        for place, column in enumerate(draft.columns):
            if column not in groups:
                sheets["Sheet1"].merge_range(1, place, 2, place, upper[place], plain)

    for row in rows[1:2]:
        row[first + 1] = row[first + 2] = ""
    yield _file(draft, {"Sheet1": rows}, _expected({}, {"G_OPTIONAL_MISSING"}, 2), "a header of sums and groups", dress)

    draft = clean("registry/edge_households", 1)
    head = {**draft.lines[0].cells, "家庭人口数": "2", "户主姓名": "测甲"}
    draft.columns.append("户主姓名")
    member = {**head, "姓名": "测乙", "证件号码": an_id(7), "与户主关系": "配偶", "户主姓名": ""}
    draft.lines = [Line(head), Line(member)]
    place = draft.columns.index("户主姓名")

    def merge_head(book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["Sheet1"].merge_range(1, place, 2, place, "测甲", book.add_format({}))

    expected = _expected({"Sheet1!3": {"W_MERGED_FILLED"}}, set(), 2)
    yield _file(draft, {"Sheet1": draft.rows()}, expected, "the head's cell merged over the members", merge_head)


def books() -> Iterator[Single]:
    """Every file of this kind."""
    for made in (_schools, _tekun, _townships, _merged):
        yield from made()
