"""Files of the corpus that are made one by one: refusals, nil reports, modes, odd containers, odd bytes.

Data in: nothing. Data out: (feed, file name, bytes, side file, expectation, label).
Not here: files that are mixed by chance (build.py), layouts of several records or sheets (layouts.py).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from tests.builders.biff import Formula, Number, build_biff
from tests.corpus.draft import RECEIVED, Draft, Line
from tests.corpus.layouts import layouts
from tests.corpus.render import render
from tests.corpus.sheets import books
from tests.corpus.tables import clean

Single = tuple[str, str, bytes, dict[str, Any] | None, dict[str, Any], str]
MEDICAL, CLAIMS, WATER, PERSONS = (
    "medical/enrolments", "medical/inpatient_claims", "water/household_water", "registry/persons",
)  # fmt: skip


def refusal(code: str) -> dict[str, Any]:
    """The expectation of a refused file."""
    return {"received_on": RECEIVED.isoformat(), "status": "refused", "reasons": [code], "rows": {}, "counts": {}}


def nil(*reasons: str) -> dict[str, Any]:
    """The expectation of a nil report."""
    return {
        "received_on": RECEIVED.isoformat(), "status": "nil", "reasons": sorted(reasons), "rows": {}, "counts": {},
    }  # fmt: skip


def of(draft: Draft, label: str) -> Single:
    """A draft as it stands."""
    made = render(draft)
    side = dict(draft.side) if draft.side else None
    return draft.feed, made.name, made.body, side, draft.expectation(made.sheet), label


def changed(label: str, feed: str, change: Callable[[Draft], object], refused: str | None = None) -> Single:
    """The clean table of a feed after one change."""
    draft = clean(feed)
    change(draft)
    draft.refused = refused
    return of(draft, label)


def _archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def _bytes() -> Iterator[tuple[str, str, bytes, str]]:
    """(label, ending, bytes, code): files refused for their container."""
    book = render(_as(clean(MEDICAL), "xlsx")).body
    text = render(clean(MEDICAL)).body
    cfb = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    yield "a web page saved as xls", ".xls", b"<html><body><table><tr><td>1</td></tr></table></body></html>", "F_TYPE"
    yield "a web page of UTF-16", ".xls", "<table><tr><td>姓名</td></tr></table>".encode("utf-16"), "F_TYPE"
    yield "a web archive", ".xls", b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n\r\n", "F_TYPE"
    yield "an XML table", ".xls", b'<?xml version="1.0"?><Workbook/>', "F_TYPE"
    yield "a pdf", ".xlsx", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", "F_TYPE"
    yield "a picture", ".csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "F_TYPE"
    yield "a dBASE table", ".dbf", b"\x03\x14\x07\x03\x01\x00\x00\x00\x41\x00\x20\x00" + bytes(40) + b"\r", "F_TYPE"
    yield "a zip without a workbook", ".xlsx", _archive(readme=b"x"), "F_TYPE"
    yield "a Word document", ".xls", cfb + "WordDocument".encode("utf-16-le"), "F_TYPE"
    yield "an encrypted xlsx", ".xlsx", cfb + "EncryptedPackage".encode("utf-16-le"), "F_ENCRYPTED"
    yield "an encrypted xls", ".xls", build_biff([("Sheet1", [["姓名"]], True)], is_encrypted=True), "F_ENCRYPTED"
    yield (
        "an encrypted xls of 1995",
        ".xls",
        build_biff([("a", [["b"]], True)], version=5, is_encrypted=True),
        "F_ENCRYPTED",
    )
    yield "a mail", ".xls", cfb + "__properties_version1.0".encode("utf-16-le"), "F_TYPE"
    yield "half an xlsx", ".xlsx", book[: len(book) // 2], "F_CORRUPT"
    yield "an xlsx without its end", ".xls", book[:-30], "F_CORRUPT"
    yield "an xls of nothing", ".xls", cfb + "Workbook".encode("utf-16-le"), "F_CORRUPT"
    yield "a stray byte in a name", ".csv", text.replace("测丑".encode(), b"\xe6\xb5\xff"), "F_ENCODING"
    yield "UTF-16 without its mark", ".csv", text.decode().encode("utf-16-le"), "F_ENCODING"
    yield (
        "UTF-16 unmarked, a year first",
        ".csv",
        ("2020年台账\r\n" + text.decode()).encode("utf-16-le"),
        "F_ENCODING",
    )
    yield "other columns altogether", ".csv", "项目,数量\r\n甲,1\r\n".encode(), "F_HEADER_NOT_FOUND"


def _as(draft: Draft, container: str, **others: Any) -> Draft:
    draft.container = container
    for name, value in others.items():
        setattr(draft, name, value)
    return draft


def _refused() -> Iterator[Single]:
    for label, ending, body, code in _bytes():
        yield MEDICAL, f"610099_202006_医保参保缴费_全量{ending}", body, None, refusal(code), label
    drops = {
        "registry/households": ("贫困户属性",), "housing/retrofits": ("工程进度", "开工日期"), MEDICAL: ("姓名",),
        "civil_affairs/dibao": ("姓名", "身份证号码"), "medical/replies": ("校验码",), WATER: ("供水方式",),
        "civil_affairs/tekun": ("供养方式",), "education/aid_payments": ("资助金额（元）",),
    }  # fmt: skip
    for feed, columns in drops.items():
        yield changed(f"without {columns[0]}", feed, lambda d, c=columns: _drop(d, *c), "F_HEADER_MISSING")  # type: ignore[misc]
    for feed, other in (
        (PERSONS, "registry/households"), (MEDICAL, CLAIMS), ("civil_affairs/tekun", "medical/chronic_visits"),
        (WATER, "medical/inpatient_claims"), ("education/enrolments", "education/aid_payments"),
        ("housing/appraisals", WATER), ("civil_affairs/disability", "civil_affairs/tekun"),
    ):  # fmt: skip
        draft = clean(other)
        yield feed, *of(draft, "")[1:4], refusal("F_WRONG_FEED"), f"the file of {other}"
    yield changed("a person's id twice", MEDICAL, lambda d: _double(d, "身份证号"), "F_HEADER_AMBIGUOUS")
    yield changed(
        "title of last year", MEDICAL, lambda d: _above(d, "2019年度城乡居民医保参保花名册"), "F_META_CONFLICT"
    )
    yield changed("unit line of another month", WATER, lambda d: _above(d, "所属期：2020年5月"), "F_META_CONFLICT")
    yield changed("name and side file differ", WATER, lambda d: _side(d, area_code="610098"), "F_META_CONFLICT")
    yield changed("no period", WATER, lambda d: _stem(d, "610099_入户饮水_全量"), "F_PERIOD_MISSING")
    yield changed("period to come", MEDICAL, lambda d: _stem(d, "610099_202012_医保参保缴费_全量"), "F_FUTURE_PERIOD")
    yield changed("another county", MEDICAL, lambda d: _stem(d, "620101_202006_医保参保缴费_全量"), "F_AREA_FORBIDDEN")
    yield changed("header only", MEDICAL, lambda d: d.lines.clear(), "F_EMPTY")
    yield changed("header and total only", MEDICAL, _only_total, "F_EMPTY")
    yield _masked(6)
    yield _masked(4)
    long = ["第一行"] * 18
    yield changed(
        "header far below row 15", MEDICAL, lambda d: [_above(d, text) for text in long], "F_HEADER_NOT_FOUND"
    )
    yield (
        "medical/department_totals", "610099_202006_医保自报汇总_全量.csv",
        "乡镇,应参保,已参保,参保率\r\n甲镇,6,4,66.67\r\n".encode(), None, refusal("F_HEADER_NOT_FOUND"), "a wide table",
    )  # fmt: skip


def _drop(draft: Draft, *columns: str) -> None:
    draft.columns = [column for column in draft.columns if column not in columns]


def _double(draft: Draft, column: str) -> None:
    draft.columns.append("又")
    draft.headers["又"] = column


def _above(draft: Draft, text: str) -> None:
    draft.top.insert(0, [text, *[""] * (len(draft.columns) - 1)])


def _side(draft: Draft, **values: Any) -> None:
    draft.side = values


def _stem(draft: Draft, stem: str) -> None:
    draft.stem = stem


def _only_total(draft: Draft) -> None:
    draft.lines = [Line({"乡镇": "合计", "资助金额（元）": "0"}, kind="skip")]


def _masked(count: int) -> Single:
    draft = clean(MEDICAL, 25)
    for line in draft.lines[:count]:
        line.cells["身份证号"] = "6100991965****0112"
        line.codes.add("R_ID_MASKED")
    draft.refused = "F_REJECT_RATIO" if count > 5 else None
    return of(draft, f"{count} of 25 masked")


_NIL = [
    ["填报单位", "报送内容", "期间", "零报告", "确认清空", "原因说明", "填报人", "审核人", "填报日期"],
    ["测试县医疗保障局", "住院报销明细", "2020年6月", "是", "否", "本月无住院结算", "测经办", "测审核", "2020-07-03"],
]


def _nil(label: str, expected: dict[str, Any], edits: dict[str, str] | None = None, **others: Any) -> Single:
    """A nil report; ``edits`` by label."""
    row = [(edits or {}).get(name, value) for name, value in zip(*_NIL, strict=True)]
    head = [others.get("renamed", {}).get(name, name) for name in _NIL[0]]
    rows: list[list[str]] = [head, row]
    if others.get("upright"):
        rows = [list(pair) for pair in zip(*rows, strict=True)]
    if others.get("title"):
        rows.insert(0, [others["title"], *[""] * (len(rows[0]) - 1)])
    rows += others.get("below", [])
    if others.get("container") == "biff8":
        body = build_biff([("Sheet1", rows, True)])
    else:
        body = "\r\n".join(",".join(cells) for cells in rows).encode("gb18030")
    name = others.get("name", "610099_202006_住院报销明细_零报告")
    return CLAIMS, name + (".xls" if others.get("container") else ".csv"), body, None, expected, label


def _nils() -> Iterator[Single]:
    plain = "610099_202006_住院报销明细_增量"
    yield _nil("a nil report", nil())
    yield _nil("a nil report of an old workbook", nil(), container="biff8")
    yield _nil("a nil report, labels in column A", nil(), upright=True)
    yield _nil("a nil report known by its column", nil(), name=plain)
    yield _nil(
        "a nil report with other labels",
        nil(),
        renamed={"零报告": "本期无数据", "审核人": "审核人（签字）"},
        name=plain,
    )
    yield _nil("a nil report with a title", nil(), title="住院报销明细零报告", name=plain)
    yield _nil("a nil report whose area only its unit says", nil(), name="202006_住院报销明细_零报告")
    yield _nil("a nil report nobody signed", refusal("F_NIL_UNSIGNED"), {"审核人": ""})
    yield _nil("a nil report signed with a stroke", refusal("F_NIL_UNSIGNED"), {"审核人": "/"})
    yield _nil("a nil report that says no", refusal("F_EMPTY"), {"零报告": "否"})
    yield _nil("a nil report of another month", refusal("F_META_CONFLICT"), {"期间": "2020年5月"})
    yield _nil(
        "a nil report to come", refusal("F_FUTURE_PERIOD"), {"期间": "2020年12月"}, name="610099_住院报销_零报告"
    )
    claims = clean(CLAIMS, 1)
    rows = [[], claims.columns, [claims.lines[0].cells[column] for column in claims.columns]]
    yield _nil("a nil report with a row under it", refusal("F_NIL_WITH_ROWS"), below=rows)


def _formulas() -> Iterator[Single]:
    """Stored values, stored errors, nothing stored; both date systems; cells shown as per cent."""
    draft = clean(MEDICAL, 4)
    rows = draft.rows()
    at = {column: index for index, column in enumerate(draft.columns)}
    rows[1][at["资助金额（元）"]] = Formula(280.0)
    rows[2][at["缴费时间"]] = Formula("#N/A")
    rows[3][at["缴费时间"]] = Formula(None)
    rows[4][at["姓名"]] = Formula("#REF!")
    draft.lines[2].codes.add("W_FORMULA_BLANK")
    draft.lines[3].codes.add("R_REQUIRED_BLANK")
    body = build_biff([("Sheet1", [[cell if cell != "" else None for cell in row] for row in rows], True)])
    yield MEDICAL, draft.stem + ".xls", body, None, draft.expectation("Sheet1"), "formulas of an old workbook"

    draft = clean(MEDICAL, 3)
    rows = draft.rows()
    rows[1][at["缴费时间"]] = Number(42276.0 + 142)
    rows[2][at["缴费时间"]] = Number(42276.0 + 142, "yyyy-mm-dd")
    draft.lines[0].codes.add("W_DATE_SERIAL")
    cells = [[cell if cell != "" else None for cell in row] for row in rows]
    body = build_biff([("Sheet1", cells, True)], date1904=True)
    yield MEDICAL, draft.stem + ".et", body, None, draft.expectation("Sheet1"), "days counted from 1904"

    for container, style in (("xlsx", "0.00%"), ("biff8", "0%"), ("biff5", "0.0%")):
        draft = _as(clean("water/village_supplies", 4), container, formats={"供水保证率": style})
        draft.columns.append("供水保证率")
        for line, value in zip(draft.lines, (0.95, 1.05, 1.0, "95%"), strict=True):
            line.cells["供水保证率"] = value
        yield of(draft, f"cells shown as per cent, {container}")


def _withdrawals() -> Iterator[Single]:
    """Only keys; in a home without rows nothing can be withdrawn."""
    for feed, columns in (
        (CLAIMS, ["结算ID"]),
        (MEDICAL, ["身份证号", "参保年度"]),
        ("registry/households", ["户编号"]),
    ):
        draft = clean(feed, 3)
        draft.columns, draft.reasons = list(columns), set()
        draft.stem = draft.stem.rsplit("_", maxsplit=1)[0] + "_撤销"
        for line in draft.lines:
            line.codes = {"R_WITHDRAW_NOT_FOUND"}
        yield of(draft, "a withdrawal of unknown records")
    draft = clean(CLAIMS, 3)
    draft.columns.append("操作类型")
    draft.lines[1].cells["操作类型"] = "更正"
    draft.lines[2].cells = {"结算ID": draft.lines[2].cells["结算ID"], "操作类型": "撤销"}
    draft.lines[2].codes = {"R_WITHDRAW_NOT_FOUND"}
    yield of(draft, "an increment that withdraws a record")
    draft = clean(CLAIMS, 2)
    draft.stem = draft.stem.replace("增量", "更正")
    yield of(draft, "a correction")


def _texts() -> Iterator[Single]:
    """Odd text files."""
    draft = clean(MEDICAL, 4)
    lines = render(draft).body.decode().split("\r\n")
    lines[2] = lines[2].replace("测寅三", '"测寅\n三"')
    expected = draft.expectation("csv")
    expected["rows"] = {"csv!3": ["W_NAME_CLEANED"]}
    expected["counts"] |= {"rows_ok": 3, "rows_warn": 1}
    yield MEDICAL, draft.stem + ".csv", "\r\n".join(lines).encode(), None, expected, "a line break inside quotes"

    draft = clean(PERSONS, 4)
    draft.lines[0].cells["姓名"] = "测𠮷"
    draft.lines[1].cells["姓名"] = "测㐀㐁"
    draft.container = "csv-gb18030"
    yield of(draft, "letters of four bytes")

    draft = clean(WATER, 3)
    yield (
        WATER,
        draft.stem + ".csv",
        render(draft).body.replace(b"\r\n", b"\r"),
        None,
        draft.expectation("csv"),
        "old Mac",
    )


def singles() -> Iterator[Single]:
    """Every file that is made by itself."""
    yield from _refused()
    yield from _nils()
    yield from _formulas()
    yield from _withdrawals()
    yield from _texts()
    yield from books()
    for draft, label in layouts():
        yield of(draft, label)
