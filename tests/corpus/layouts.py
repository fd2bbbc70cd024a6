"""Files in which one row holds several records, several rows one, or several sheets one list.

Data in: nothing. Data out: drafts with a label.
Not here: files that are refused (singles.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.draft import Draft, Line
from tests.corpus.tables import an_id, clean

Named = tuple[Draft, str]


def _add(draft: Draft, *columns: str) -> None:
    draft.columns += [column for column in columns if column not in draft.columns]


def _without(draft: Draft, *columns: str) -> None:
    draft.columns = [column for column in draft.columns if column not in columns]


def _wide() -> Iterator[Named]:
    for words, label in (
        (("第一次随访日期", "第二次随访日期"), "visits by number"), (("第1次随访", "第2次随访"), "visits without 日期"),
        (("第一季度随访时间", "第二季度随访时间"), "visits by quarter"), (("随访1", "随访2"), "visits numbered"),
    ):  # fmt: skip
        draft = clean("medical/chronic_visits", 3)
        _without(draft, "随访日期")
        _add(draft, *words)
        for line, days in zip(draft.lines, (("2020-03-12", "2020-06-11"), ("2020-03-12", ""), ("", "/")), strict=True):
            line.cells |= dict(zip(words, days, strict=True))
        draft.lines[0].codes.add("W_DERIVED")
        yield draft, label
    draft = clean("housing/retrofits", 3)
    pays = ("第一次拨付时间", "第一次拨付金额", "第二次拨付时间", "第二次拨付金额")
    _without(draft, "兑付日期", "兑付金额（元）", "兑付单号")
    _add(draft, *pays)
    draft.lines[0].cells |= dict(zip(pays, ("2020-05-01", "5000", "2020-06-01", "5000"), strict=True))
    draft.lines[0].codes.add("W_DERIVED")
    draft.lines[1].cells |= dict(zip(pays, ("2020-05-01", "10000", "", ""), strict=True))
    total = {"乡镇": "合计", "补助标准（元）": "30000"}
    draft.lines.append(Line(total, kind="skip"))
    yield draft, "payments side by side, with a total of the standards"
    draft = clean("water/village_supplies", 2)
    seasons = ("枯水期检测日期", "枯水期结果", "丰水期检测日期", "丰水期结果")
    _without(draft, "检测日期", "水质检测结果")
    _add(draft, *seasons)
    for line in draft.lines:
        line.cells |= dict(zip(seasons, ("2020-01-10", "达标", "2020-06-10", "达标"), strict=True))
        line.codes.add("W_DERIVED")
    yield draft, "two seasons"


def _amounts() -> Iterator[Named]:
    draft = clean("education/aid_payments", 3)
    _without(draft, "资助项目", "资助金额（元）", "应发金额")
    _add(draft, "寄宿生生活补助", "营养餐金额")
    pairs = (("500", "400"), ("500", ""), ("", "400"))
    for line, pair in zip(draft.lines, pairs, strict=True):
        line.cells |= dict(zip(("寄宿生生活补助", "营养餐金额"), pair, strict=True))
        line.codes.add("W_DERIVED")
    yield draft, "programmes as columns"
    draft = clean("civil_affairs/disability", 1)
    _without(draft, "生活补贴（金额）", "护理补贴（金额）")
    _add(draft, "补贴类型", "补贴金额")
    first = draft.lines[0].cells
    other = {"身份证号码": an_id(8), "残疾人证号": f"{an_id(8)}42"}
    draft.lines = [
        Line({**first, "补贴类型": "生活", "补贴金额": "65"}),
        Line({**first, "补贴类型": "护理", "补贴金额": "65"}, {"W_DERIVED"}),
        Line({**first, "身份证号码": an_id(9), "残疾人证号": f"{an_id(9)}42", "补贴类型": "护理", "补贴金额": "60"}),
        Line({**first, **other, "补贴类型": "护理", "补贴金额": "60"}, {"R_DUP_KEY"}),
        Line({**first, **other, "补贴类型": "护理", "补贴金额": "60"}, {"R_DUP_KEY"}),
        Line({"乡镇": "合计", "补贴金额": "310"}, kind="skip"),
    ]  # fmt: skip
    yield draft, "subsidies one below the other"
    draft = clean("civil_affairs/tekun", 3)
    draft.headers |= {"基本生活标准（元/月）": "供养标准（元/年）"}
    for line in draft.lines:
        line.cells["基本生活标准（元/月）"] = "5760"
        line.codes.add("W_DERIVED")
    yield draft, "standards by the year"
    draft = clean("registry/households", 3)
    draft.headers |= {"人均纯收入（元）": "人均纯收入（万元）"}
    for line in draft.lines:
        line.cells["人均纯收入（元）"] = "0.45125"
    draft.reasons.add("G_UNIT_CONVERTED")
    yield draft, "income in ten thousands"
    for unit, cell in (("单位：万元", "0.048"), ("单位：万元、人", "0.048")):
        draft = clean("civil_affairs/tekun", 3)
        draft.headers |= {"基本生活标准（元/月）": "基本生活标准", "照料护理标准（元/月）": "照料护理标准"}
        draft.top = [[unit, *[""] * (len(draft.columns) - 1)]]
        for line in draft.lines:
            line.cells |= {"基本生活标准（元/月）": cell, "照料护理标准（元/月）": "0.012"}
        draft.reasons.add("G_UNIT_CONVERTED")
        yield draft, f"unit line {unit}"
    draft = clean("medical/enrolments", 6)
    draft.headers |= {"资助金额（元）": "资助金额"}
    for line in draft.lines:
        line.cells["资助金额（元）"] = "0.028"
        line.codes |= {"W_RANGE", "W_AMOUNT_ROUNDED"}
    draft.reasons.add("G_UNIT_SUSPECT")
    yield draft, "no unit, amounts of ten thousands"
    draft = clean("housing/retrofits", 6)
    draft.headers |= {"补助标准（元）": "补助标准（万元）"}
    for line in draft.lines:
        line.cells["补助标准（元）"] = "10000"
        line.codes.add("W_RANGE")
    draft.reasons |= {"G_UNIT_SUSPECT", "G_UNIT_CONVERTED"}
    yield draft, "called ten thousands, plain amounts"


def _groups() -> Iterator[Named]:
    draft = clean("civil_affairs/dibao", 1)
    first = {**draft.lines[0].cells, "享受保障人数": "3", "户月保障金额": "630"}
    draft.lines = [Line({**first, "身份证号码": an_id(n), "姓名": "测" + "甲乙丙"[n]}) for n in range(3)]
    draft.merges.append((0, 2, "低保证号"))
    for line in draft.lines[1:]:
        line.cells["低保证号"] = ""
        line.codes.add("W_MERGED_FILLED")
    draft.container = "biff8"
    yield draft, "a case merged over its members"
    draft = clean("civil_affairs/dibao", 1)
    draft.lines = [Line({**first, "身份证号码": an_id(n), "姓名": "测" + "甲乙丙"[n]}) for n in range(3)]
    draft.lines[1].cells["身份证号码"] = "6100991965****0112"
    draft.lines[1].codes.add("R_ID_MASKED")
    draft.lines.insert(0, Line({"乡镇": "合计 1 户 3 人", "月保障金额": "630"}, kind="skip"))
    yield draft, "totals first, a member rejected"
    draft = clean("registry/edge_households", 1)
    head = draft.lines[0].cells
    _without(draft, "户编号")
    draft.lines = [
        Line({**head, "姓名": "测甲", "证件号码": an_id(3), "与户主关系": "配偶"}, {"R_KEY_MISSING"}),
        Line({**head, "姓名": "测乙", "证件号码": an_id(1), "与户主关系": "户主"}),
        Line({**head, "姓名": "测丙", "证件号码": an_id(2), "与户主关系": "之子"}, {"W_DERIVED"}),
        Line({**head, "姓名": "测丁", "证件号码": an_id(4), "与户主关系": "户主"}),
    ]
    yield draft, "members below their heads"
    draft = clean("registry/edge_households", 1)
    both = {"户编号": "80000000077", "家庭人口数": "2"}
    draft.lines = [
        Line({**head, **both, "证件号码": an_id(1), "人均纯收入（元）": "4800"}, {"W_GROUP_CONFLICT"}),
        Line(
            {**head, **both, "证件号码": an_id(2), "与户主关系": "配偶", "人均纯收入（元）": "4700"},
            {"W_GROUP_CONFLICT"},
        ),
    ]
    yield draft, "incomes that differ in a household"
    draft = clean("registry/villages", 3)
    _add(draft, "合并前村编号")
    draft.lines[0].cells["合并前村编号"] = "610099101211"
    draft.lines.append(Line({**draft.lines[0].cells, "合并前村编号": "610099101212"}))
    draft.lines.append(Line({"行政区划编码": "610099101", "乡(镇)": "甲镇"}))
    draft.lines += [Line({**draft.lines[1].cells, "总户数": "213"}, {"R_DUP_KEY"})]
    draft.lines[1].codes.add("R_DUP_KEY")
    yield draft, "mergers, a township, a code twice"
    draft = clean("registry/villages", 3)
    _add(draft, "合并前村编号")
    for line in draft.lines[:2]:
        line.cells["合并前村编号"] = "610099101299"
    yield draft, "a former code of two villages"
    draft = clean("medical/inpatient_claims", 2)
    draft.lines.append(Line({**draft.lines[0].cells, "结算ID": "JS202009999", "入院日期": "2020-06-05"}))
    draft.columns.remove("特惠保金额")
    yield draft, "overlapping stays, a layer not reported"
    draft = clean("medical/replies", 3)
    draft.lines.append(Line({**draft.lines[0].cells, "办理结果": ""}, kind="skip"))
    draft.lines.append(
        Line(dict.fromkeys(draft.columns, "") | {"办理结果": "已更正", "经办人": "测办"}, {"R_REQUIRED_BLANK"})
    )
    yield draft, "an issue without a reply, a row typed under the list"


def _keys() -> Iterator[Named]:
    for feed, column, value in (
        ("medical/enrolments", "参保状态", "已参保"), ("water/household_water", "评定日期", "2020-05-30"),
        ("housing/appraisals", "鉴定机构", "另一鉴定所"), ("registry/households", "人均纯收入（元）", "4600"),
        ("civil_affairs/tekun", "护理等级", "全护理"), ("medical/chronic_visits", "随访方式", "电话"),
        ("education/aid_payments", "资助金额（元）", "450"), ("water/village_supplies", "供水人口", "1406"),
    ):  # fmt: skip
        draft = clean(feed, 3)
        draft.lines.append(Line({**draft.lines[1].cells, column: value}, {"R_DUP_KEY"}))
        draft.lines.append(Line({**draft.lines[2].cells}, {"W_DUP_ROW"}, is_repeat=True))
        draft.lines[1].codes.add("R_DUP_KEY")
        yield draft, "a key with two contents, another row twice"
    draft = clean("registry/persons", 3)
    draft.lines += [
        Line({**draft.lines[0].cells}, {"R_DUP_KEY"}), Line({**draft.lines[0].cells, "民族": "回族"}, {"R_DUP_KEY"}),
    ]  # fmt: skip
    draft.lines[0].codes.add("R_DUP_KEY")
    yield draft, "two equal rows and a third that differs"
    draft = clean("medical/enrolments", 12)
    for number, line in enumerate(draft.lines[:3]):
        line.cells["身份证号"] = f"61009919650312{2 * number}000"
        line.codes.add("W_ID_CHECK")
    draft.reasons.add("G_ID_ZEROED")
    yield draft, "ids cut to zeros"


def _areas() -> Iterator[Named]:
    draft = clean("medical/department_totals", 3)
    _without(draft, "行政区划编码", "行政区划")
    _add(draft, "县", "乡镇", "村")
    for line, names in zip(
        draft.lines, (("测试县", "", ""), ("测试县", "甲镇", ""), ("测试县", "甲镇", "甲山村")), strict=True
    ):
        line.cells |= dict(zip(("县", "乡镇", "村"), names, strict=True))
    yield draft, "the deepest name counts"
    draft = clean("medical/department_totals", 3)
    draft.lines[1].cells["行政区划"] = "甲镇" if draft.lines[1].cells["行政区划"] != "甲镇" else "乙镇"
    draft.lines[1].codes.add("W_CONFLICT")
    yield draft, "a code with another's name"
    draft = clean("medical/enrolments", 3)
    _without(draft, "村")
    draft.reasons |= {"G_OPTIONAL_MISSING", "G_AREA_DEFAULTED"}
    yield draft, "townships only"
    draft = clean("medical/enrolments", 3)
    _without(draft, "乡镇", "村")
    draft.reasons.add("G_OPTIONAL_MISSING")
    yield draft, "no place at all"
    draft = clean("medical/enrolments", 3)
    draft.stem = draft.stem.replace("610099", "610099102")
    for line in draft.lines[:2]:
        line.codes.add("R_AREA_OUTSIDE")
    draft.lines[2].cells |= {"乡镇": "乙镇", "村": "乙河村"}
    yield draft, "a township's file with rows of another"


def layouts() -> Iterator[Named]:
    """Every file of this kind."""
    for made in (_wide, _amounts, _groups, _keys, _areas):
        yield from made()
