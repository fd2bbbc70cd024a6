"""What is done to a whole file: headers, rows above and below, sheets, repeated rows; each with what it earns.

Data in: a draft. Data out: the same draft, changed, its expectation with it. One that does not fit returns False.
Not here: single cells (messes.py), containers (render.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

from tests.corpus.draft import Draft, Line
from tests.corpus.render import TEXTS

Dressing = Callable[[Draft, random.Random], bool]

_ALIASES = {
    "姓名": "人员姓名", "身份证号": "公民身份号码", "证件号码": "身份证件号", "身份证号码": "公民身份证号码",
    "乡镇": "镇（街）", "村": "村（社区）", "行政村": "行政村名称", "户编号": "家庭编号", "户主姓名": "户主",
    "户主身份证号": "户主身份证件号码", "户主证件号码": "户主身份证", "参保状态": "居民医保参保状态",
    "鉴定等级": "住房安全等级", "工程进度": "建设进度", "就学状态": "学生状态", "月保障金额": "人均补差",
    "供养方式": "供养类别", "残疾人证号": "残疾证号", "评定日期": "核查日期", "医疗费总额": "本次总费用",
    "病种": "慢病病种", "资助项目": "补助项目", "水质检测结果": "检测结论", "数值": "本期数",
}  # fmt: skip
"""Aliases that docs/feeds.md lists for a column wherever it occurs, except where _NOT says otherwise."""
_NOT = {
    "registry/villages": {"村"}, "civil_affairs/disability": {"评定日期"}, "registry/households": {"行政村编码"},
    "medical/replies": set(_ALIASES), "housing/retrofits": {"鉴定等级"},
}  # fmt: skip
_SUMS = {
    "registry/households": "人数", "medical/enrolments": "资助金额（元）", "housing/retrofits": "兑付金额（元）",
    "education/aid_payments": "资助金额（元）", "civil_affairs/dibao": "月保障金额",
    "water/village_supplies": "供水户数",
    "civil_affairs/tekun": "基本生活标准（元/月）", "registry/villages": "总户数",
    "medical/inpatient_claims": "医疗费总额",
}  # fmt: skip
_QUIET = frozenset(
    (
        "乡镇",
        "乡(镇)",
        "村",
        "行政村",
        "自然村",
        "序号",
        "县",
        "学段",
        "年级",
        "应发金额",
        "工程类型",
        "检测机构",
        "是否转诊",
    )
)
_WITHOUT_PEOPLE = frozenset(("registry/villages", "medical/department_totals", "medical/replies"))
_TITLES = {
    "registry": "建档立卡台账", "medical": "医疗保障台账", "housing": "住房安全台账", "education": "教育台账",
    "civil_affairs": "民政对象台账", "water": "饮水安全台账",
}  # fmt: skip


def title(draft: Draft, pick: random.Random) -> bool:
    """A title, a unit line, sometimes a blank row first."""
    width = len(draft.columns)
    lines = [[_TITLES[draft.feed.split("/")[0]]], ["填报单位：测试县", "", "填报日期：2020-07-01"]]
    if pick.random() < 0.5:
        lines.insert(0, [])
    draft.top = [*[line + [""] * (width - len(line)) for line in lines], *draft.top]
    return True


def aliases(draft: Draft, pick: random.Random) -> bool:
    """Other words for the same columns."""
    del pick
    for column in draft.columns:
        if column in _ALIASES and column not in _NOT.get(draft.feed, set()):
            draft.headers[column] = _ALIASES[column]
    return bool(draft.headers)


def decorated(draft: Draft, pick: random.Random) -> bool:
    """Stars, numbers, blanks, line breaks and colons round the header texts."""
    forms = ("*{}", "{}：", " {} ", "★{}", "{}#", "（一）{}", "三、{}", "{}③")
    for number, column in enumerate(draft.columns):
        text = draft.headers.get(column, column)
        if pick.random() < 0.6 and not text[0].isdigit() and column != "序号":
            draft.headers[column] = forms[number % len(forms)].format(text)
        elif len(text) == 2 and column != "序号":
            draft.headers[column] = f"{text[0]} {text[1]}"
    return True


def broken_headers(draft: Draft, pick: random.Random) -> bool:
    """Line breaks inside header cells, as in narrow printed columns of a workbook."""
    del pick
    if draft.container in TEXTS:
        return False
    for column in draft.columns:
        text = draft.headers.get(column, column)
        draft.headers[column] = text[:2] + "\n" + text[2:] if len(text) > 2 else text
    return True


def shuffled(draft: Draft, pick: random.Random) -> bool:
    """Columns in another order."""
    pick.shuffle(draft.columns)
    return True


def extra_column(draft: Draft, pick: random.Random) -> bool:
    """A column that no feed knows."""
    draft.columns.insert(pick.randrange(1, len(draft.columns)), "鞋码")
    for line in draft.lines:
        if line.kind == "data":
            line.cells["鞋码"] = "40"
    draft.reasons.add("G_EXTRA_COLUMN")
    return True


def numbered(draft: Draft, pick: random.Random) -> bool:
    """A row of column numbers right under the header."""
    del pick
    numbers = {column: str(number) for number, column in enumerate(draft.columns, start=1)}
    draft.lines.insert(0, Line(numbers, kind="skip"))
    draft.merges = [(a + 1, b + 1, column) for a, b, column in draft.merges]
    return not draft.merges


def example_row(draft: Draft, pick: random.Random) -> bool:
    """The example of a template, left standing."""
    first = next(column for column in draft.columns if column != "序号")
    mark = pick.choice(("[示例]", "【示例】", "示例", "例："))
    draft.lines.append(Line({first: f"{mark}请照此填写", draft.columns[-1]: "2020-01-01"}, kind="skip"))
    draft.reasons.add("G_EXAMPLE_ROW")
    return True


def _quiet(draft: Draft) -> list[str]:
    """Columns that are no part of any key and hold no id."""
    return [column for column in draft.columns if column in _QUIET]


def footers(draft: Draft, pick: random.Random) -> bool:
    """Signatures and a note under the list, and blank rows between."""
    del pick
    if len(_quiet(draft)) < 2:
        return False
    first, second = _quiet(draft)[:2]
    draft.lines += [
        Line({}, kind="blank"),
        Line({first: "填表人：测经办", second: "审核人：测审核"}, kind="skip"),
        Line({first: "备注：以上情况属实"}, kind="skip"),
    ]
    return True


def repeated_header(draft: Draft, pick: random.Random) -> bool:
    """The header again, as on every printed page."""
    del pick
    if draft.groups or draft.merges:
        return False
    again = dict(zip(draft.columns, draft.header_rows()[0], strict=True))
    draft.lines.insert(len(draft.lines) // 2, Line(dict(again), kind="skip"))
    return True


def blanks(draft: Draft, pick: random.Random) -> bool:
    """A blank row among the data; with a column 序号 a row with nothing but its number."""
    if draft.merges:
        return False
    draft.lines.insert(1, Line({}, kind="blank"))
    if "序号" in draft.columns:
        draft.lines.append(Line({"序号": str(pick.randrange(50, 90))}, kind="skip"))
    return True


def totals(draft: Draft, pick: random.Random) -> bool:
    """合计 first or last, with a right or a wrong sum."""
    column = _SUMS.get(draft.feed)
    data = [line.cells for line in draft.lines if line.kind == "data"]
    if column is None or column not in draft.columns or draft.merges:
        return False
    if any(not str(cells.get(column, "")).replace(".", "").isdigit() for cells in data):
        return False
    total = sum(Decimal(str(cells[column])) for cells in data)
    is_wrong = pick.random() < 0.5
    label = next(name for name in _quiet(draft) if name != column)
    line = Line({label: pick.choice(("合计", "总 计", "合  计")), column: str(total + is_wrong)}, kind="skip")
    draft.lines.insert(0 if pick.random() < 0.5 else len(draft.lines), line)
    if is_wrong:
        draft.reasons.add("G_TOTAL_MISMATCH")
    return True


def repeated_row(draft: Draft, pick: random.Random) -> bool:
    """A row twice: the copy counts as repeated, unless it is rejected anyway."""
    data = [line for line in draft.lines if line.kind == "data"]
    line = pick.choice(data)
    if draft.feed == "civil_affairs/dibao" or any(code.startswith("R_") for code in line.codes):
        return False
    copy = Line(dict(line.cells), {*line.codes, "W_DUP_ROW"}, is_repeat=True)
    if "序号" in copy.cells:
        copy.cells["序号"] = "99"
    draft.lines.append(copy)
    return not draft.merges


def other_sheets(draft: Draft, pick: random.Random) -> bool:
    """A summary that is skipped, a hidden old list and a page of instructions that are never mentioned."""
    del pick
    if draft.container in TEXTS:
        return False
    old = [draft.header_rows()[-1], *[[line.cells.get(c, "") for c in draft.columns] for line in draft.lines]]
    draft.more_sheets = [
        ("汇总表", [["项目", "数量"], ["总数", "9"]], True),
        ("旧表", old, False),
        ("填写说明", [["请按模板填写"]], True),
    ]
    draft.reasons.add("G_SHEET_SKIPPED")
    return True


def no_area(draft: Draft, pick: random.Random) -> bool:
    """The file name does not say whose file it is."""
    del pick
    if not draft.stem.startswith("610099_") or draft.top:
        return False
    draft.stem = draft.stem.removeprefix("610099_")
    draft.reasons.add("G_AREA_DEFAULTED")
    return True


def side_file(draft: Draft, pick: random.Random) -> bool:
    """Area, mode and date stand in the side file."""
    del pick
    if "G_AREA_DEFAULTED" in draft.reasons:
        return False
    draft.side = {"area_code": "610099", "filled_by": "测经办", "as_of": "2020-06-30", "money_unit": "元"}
    return True


def two_rows(draft: Draft, pick: random.Random) -> bool:
    """A header of two rows: neighbouring columns under one group."""
    del pick
    if draft.merges or draft.feed == "medical/replies":
        return False
    people = [c for c in draft.columns if c in ("姓名", "身份证号", "证件号码", "身份证号码")]
    head = [c for c in draft.columns if c in ("户主姓名", "户主身份证号", "户主证件号码")]
    chosen = people if len(people) > 1 else head
    if len(chosen) < 2:
        return False
    rest = [c for c in draft.columns if c not in chosen]
    draft.columns = [*rest[:2], *chosen, *rest[2:]]
    for column in chosen:
        draft.groups[column] = "人员" if column in people else "户主"
        if column in head:
            draft.headers[column] = column.removeprefix("户主")
    return True


def merged_village(draft: Draft, pick: random.Random) -> bool:
    """One village cell over the first three rows: rows 2 and 3 are filled down."""
    del pick
    if draft.container in TEXTS or draft.container == "biff5":
        return False
    column = next((c for c in ("行政村", "村") if c in draft.columns), None)
    lines = draft.lines[:3]
    if column is None or draft.feed in _WITHOUT_PEOPLE or any(line.kind != "data" for line in lines):
        return False
    if len({(line.cells.get("乡镇", line.cells.get("乡(镇)")), line.cells[column]) for line in lines}) > 1:
        return False
    draft.merges.append((0, 2, column))
    for line in lines[1:]:
        line.cells[column] = ""
        line.codes.add("W_MERGED_FILLED")
    return True


def hidden_row(draft: Draft, pick: random.Random) -> bool:
    """A row that a filter has hidden is read all the same."""
    del pick
    if draft.container not in ("xlsx", "xlsm"):
        return False
    row = draft.first_data_row() + next(place for place, line in enumerate(draft.lines[1:]) if line.kind != "blank")
    draft.dress = lambda book, sheet: sheet.set_row(row, None, None, {"hidden": True})
    draft.reasons.add("G_HIDDEN")
    return True


ROWS: tuple[Dressing, ...] = (repeated_row, totals)
"""Before messes could be counted twice: they look at the data lines."""
SHAPES: tuple[Dressing, ...] = (
    title, aliases, decorated, shuffled, extra_column, numbered, example_row, footers, blanks, other_sheets, no_area,
    side_file, two_rows, merged_village, hidden_row, broken_headers, repeated_header,
)  # fmt: skip
