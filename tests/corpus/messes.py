"""What clerks do to single rows, feed by feed, with the codes that docs/feeds.md states (sections 4 and 9 to 15).

Data in: nothing. Data out: :func:`messes` of a feed; each touches the columns it names and no others.
Not here: what is done to a whole file (dressings.py).
"""

from __future__ import annotations

import datetime as dt

from tests.corpus.draft import Mess, mess
from tests.corpus.messes_departments import DEPARTMENTS
from tests.corpus.messes_register import REGISTER


def own_id(column: str) -> list[Mess]:
    """The row's own id, mandatory."""
    return [
        mess("id blank", {column: ""}, "R_REQUIRED_BLANK"),
        mess("id unknown", {column: "不详"}, "R_REQUIRED_BLANK"),
        mess("id placeholder", {column: "123456789012345678"}, "R_REQUIRED_BLANK"),
        mess("id masked", {column: "6100991965****0112"}, "R_ID_MASKED"),
        mess("id in scientific form", {column: "6.10099E+17"}, "R_ID_NUMERIC"),
        mess("id as a number", {column: 610099196503120112}, "R_ID_NUMERIC"),
        mess("id with a small x", {column: "61009919791130103x"}, "W_ID_CLEANED"),
        mess("id with blanks", {column: "610099 19650312 0112"}, "W_ID_CLEANED"),
        mess("id of full width", {column: "６１００９９１９６５０３１２０１１２"}, "W_ID_CLEANED"),
        mess("id of 15 digits", {column: "610099500120044"}, "W_ID_15"),
        mess("id of 15 digits as a number", {column: 610099500120044}, "W_ID_15", "W_ID_NUMERIC15"),
        mess("id from a certificate", {column: "61009919680705022142"}, "W_ID_CERT"),
        mess("id with a wrong check digit", {column: "610099196503120110"}, "W_ID_CHECK"),
        mess("id cut to zeros", {column: "610099196503120000"}, "W_ID_CHECK"),
        mess("id of month 13", {column: "610099196513120112"}, "W_ID_CHECK"),
        mess("id of 17 characters", {column: "61009919650312011"}, "W_ID_CHECK"),
        mess("id of no division", {column: "990099196503120118"}, "W_ID_DIVISION"),
        mess("id of another province", {column: "11010519491231002X"}),
        mess("id behind a quote", {column: "'610099196503120112"}, "W_TEXT_GUARD"),
        mess("id as a formula text", {column: '="610099196503120112"'}, "W_TEXT_GUARD"),
    ]


def a_name(column: str) -> list[Mess]:
    """A mandatory name."""
    return [
        mess("name blank", {column: " "}, "R_REQUIRED_BLANK"),
        mess("name unknown", {column: "待核实"}, "R_REQUIRED_BLANK"),
        mess("name with a blank", {column: "测 甲一"}, "W_NAME_CLEANED"),
        mess("name with a full stop", {column: "阿合.测丙一"}, "W_NAME_CLEANED"),
        mess("name with a katakana dot", {column: "阿合・测丙一"}, "W_NAME_CLEANED"),
        mess("name with a half-width stop", {column: "阿合｡测丙一"}, "W_NAME_CLEANED"),
        mess("name with a note", {column: "测甲一（已故）"}, "W_NAME_CLEANED"),
        mess("name that cannot be shown", {column: "测□一"}, "W_NAME_RARE"),
        mess("name with a private letter", {column: "测\ue000一"}, "W_NAME_RARE"),
        mess("name with a digit", {column: "测甲1"}, "R_NAME_INVALID"),
        mess("name without letters", {column: "——·——"}, "R_NAME_INVALID"),
        mess("name of an extension letter", {column: "测𠮷"}),
        mess("name with its own dot", {column: "阿合·测丙一"}),
    ]


def a_phone() -> list[Mess]:
    """A column that every feed accepts and that no rule needs."""
    return [
        mess("phone", {"联系电话": "13900001234"}),
        mess("phone as a number", {"联系电话": 13900001234}),
        mess("phone of a house", {"联系电话": "029-12345678"}),
        mess("phone too short", {"联系电话": "1390000"}, "W_VALUE_DROPPED"),
        mess("remark", {"备注": "外出务工"}),
    ]


def optional_date(column: str, *, is_month: bool = False) -> list[Mess]:
    """A date that may be blank and whose value bears on no other check; all lie in the year 2019."""
    part = () if is_month else ("W_DATE_PART",)
    return [
        mess("date with slashes", {column: "2019/9/30"}),
        mess("date with dots", {column: "2019.9.30"}),
        mess("date in Chinese", {column: "2019年9月30日"}),
        mess("date in Han digits", {column: "二〇一九年九月三十日"}),
        mess("date without separators", {column: "20190930"}),
        mess("date with a time", {column: "2019-9-30 08:15:00"}),
        mess("date as a number", {column: 20190930}),
        mess("date as a date cell", {column: dt.date(2019, 9, 30)}),
        mess("date as a serial", {column: 43738}, "W_DATE_SERIAL"),
        mess("date as a serial in text", {column: "43738"}, "W_DATE_SERIAL"),
        mess("year and month", {column: "2019年9月"}, *part),
        mess("year and month with a dot", {column: "2019.10"}, *part),
        mess("year and month as a number", {column: 2019.9}, *part),
        mess("January or October", {column: 2019.1}, "W_DATE_AMBIGUOUS"),
        mess("year only", {column: "2019年"}, "W_DATE_PART"),
        mess("two-digit year", {column: "19.9.30"}, "W_DATE_2DIGIT"),
        mess("no such day", {column: "2019-02-30"}, "W_VALUE_DROPPED"),
        mess("month 13", {column: "2019.13"}, "W_VALUE_DROPPED"),
        mess("late in the month", {column: "2019年9月下旬"}, "W_VALUE_DROPPED"),
        mess("day first", {column: "30/9/2019"}, "W_VALUE_DROPPED"),
        mess("before 1900", {column: "1899-12-31"}, "W_VALUE_DROPPED"),
        mess("date to come", {column: "2020-08" if is_month else "2020-07-04"}, "W_VALUE_DROPPED"),
        mess("date in words for nothing", {column: "——"}),
        mess("date unknown", {column: "不清楚"}, "W_UNKNOWN_WORD"),
    ]


def optional_money(column: str, plain: str) -> list[Mess]:
    """An amount that may be blank; ``plain`` lies in its range and is a whole number of at least 100."""
    value = int(plain)
    return [
        mess("amount with 元", {column: f"{plain}元"}),
        mess("amount with a sign", {column: f"￥{plain}"}),
        mess("amount with commas", {column: f"{value:,}.50"}),
        mess("amount in 万", {column: f"{value / 10000:.4f}万"}, "G_UNIT_CONVERTED"),
        mess("amount in 万元", {column: f"{value / 10000:.4f}万元"}, "G_UNIT_CONVERTED"),
        mess("amount as a number", {column: value}),
        mess("amount with binary noise", {column: value + 0.1 + 0.2}),
        mess("amount with a third decimal", {column: f"{plain}.005"}, "W_AMOUNT_ROUNDED"),
        mess("amount about", {column: f"约{plain}"}, "W_VALUE_DROPPED"),
        mess("amount in Han digits", {column: "二百八十元"}, "W_VALUE_DROPPED"),
        mess("amount a year", {column: f"{plain}/年"}, "W_VALUE_DROPPED"),
        mess("amount unknown", {column: "待核实"}, "W_UNKNOWN_WORD"),
    ]


def village(column: str, *, is_register: bool, is_strict: bool) -> list[Mess]:
    """The village of a row; ``is_strict`` where the feed must have it (AREA!)."""
    unknown = "R_AREA_UNKNOWN" if is_strict else "W_VALUE_DROPPED"
    blank = ("R_REQUIRED_BLANK",) if is_register else ("G_AREA_DEFAULTED",)
    return [
        mess("village with its committee", {column: "甲山村村民委员会"}),
        mess("village without its kind", {column: "甲山"}),
        mess("village with blanks", {column: "甲 山 村"}),
        mess("village nobody knows", {column: "丁家村"}, unknown),
        mess("village blank", {column: ""}, *blank),
        mess("village of another township", {column: "乙河村"}, "W_AREA_NAME", "W_CONFLICT"),
        mess("village by code too", {column: "甲山村", "行政村编码": "610099101201"}),
        mess("village by a longer code", {column: "甲山村", "行政村编码": "61009910120100220"}),
        mess("village by an unknown code", {column: "甲山村", "行政村编码": "610099101999"}, "W_AREA_NAME"),
        mess("village by another's code", {column: "甲山村", "行政村编码": "610099102201"}, "W_CONFLICT"),
        mess("village behind a quote", {column: "'甲山村"}, "W_TEXT_GUARD"),
    ]


_IDS = {
    "registry/persons": "证件号码", "registry/edge_households": "证件号码", "medical/enrolments": "身份证号",
    "medical/inpatient_claims": "证件号码", "medical/chronic_visits": "身份证号", "education/enrolments": "身份证号",
    "education/aid_payments": "身份证号", "civil_affairs/dibao": "身份证号码", "civil_affairs/tekun": "身份证号",
}  # fmt: skip
_NAMES = {
    "registry/households": "户主姓名", "registry/persons": "姓名", "registry/edge_households": "姓名",
    "medical/enrolments": "姓名", "medical/inpatient_claims": "姓名", "medical/chronic_visits": "姓名",
    "housing/appraisals": "户主姓名", "housing/retrofits": "户主姓名", "education/enrolments": "姓名",
    "education/aid_payments": "姓名", "civil_affairs/dibao": "姓名", "civil_affairs/tekun": "姓名",
    "civil_affairs/disability": "姓名", "water/household_water": "户主姓名",
}  # fmt: skip
_DATES = {
    "registry/persons": ("人员识别时间", False), "registry/edge_households": ("识别监测时间", False),
    "medical/inpatient_claims": ("数据日期", False), "medical/chronic_visits": ("体检日期", False),
    "civil_affairs/disability": ("评定日期", False), "education/enrolments": ("就业安置日期", False),
    "civil_affairs/tekun": ("起始供养年月", True), "civil_affairs/dibao": ("救助开始日期", True),
}  # fmt: skip
_MONEY = {
    "registry/households": ("人均纯收入（元）", "4500"), "registry/edge_households": ("人均纯收入（元）", "4800"),
    "medical/enrolments": ("资助金额（元）", "280"), "housing/retrofits": ("补助标准（元）", "30000"),
    "education/aid_payments": ("应发金额", "1500"), "civil_affairs/tekun": ("照料护理标准（元/月）", "120"),
    "civil_affairs/dibao": ("家庭人均纯收入", "3200"),
}  # fmt: skip
_PLACES = {
    "registry/households": ("行政村", True, True), "registry/edge_households": ("行政村", True, True),
    "medical/enrolments": ("村", False, False), "medical/inpatient_claims": ("村", False, False),
    "medical/chronic_visits": ("村", False, False), "housing/appraisals": ("行政村", False, False),
    "housing/retrofits": ("行政村", False, False), "education/enrolments": ("村", False, False),
    "civil_affairs/dibao": ("村", False, True), "civil_affairs/tekun": ("村", False, True),
    "water/household_water": ("行政村", False, True), "water/village_supplies": ("行政村", False, False),
}  # fmt: skip
_OPTIONAL_ID = frozenset(("registry/persons", "registry/edge_households"))


def _optional(found: list[Mess]) -> list[Mess]:
    """A blank own id is no fault in the register's lists of people."""
    codes = {
        "id blank": {"W_ID_BLANK"},
        "id unknown": {"W_ID_BLANK", "W_UNKNOWN_WORD"},
        "id placeholder": {"W_ID_BLANK"},
    }
    return [Mess(m.label, m.cells, frozenset(codes.get(m.label, m.codes)), m.reasons, m.needs_workbook) for m in found]


def messes(feed: str) -> list[Mess]:
    """Every mess of a feed that stands in one row."""
    found = [*REGISTER.get(feed, ()), *DEPARTMENTS.get(feed, ())]
    if feed in _IDS:
        ids = own_id(_IDS[feed])
        found += _optional(ids) if feed in _OPTIONAL_ID else ids
    found += a_name(_NAMES[feed]) if feed in _NAMES else []
    found += optional_date(_DATES[feed][0], is_month=_DATES[feed][1]) if feed in _DATES else []
    found += optional_money(*_MONEY[feed]) if feed in _MONEY else []
    if feed in _PLACES:
        column, is_register, is_strict = _PLACES[feed]
        found += village(column, is_register=is_register, is_strict=is_strict)
    if feed != "medical/replies":
        found += a_phone()
    return found
