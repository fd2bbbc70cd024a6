"""In which shape each department sends its feed: file name, format, sheets, headers.

Data in: the contracts and the day. Data out: one :class:`Shape` a feed.
Not here: rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.contract import Feed
from simulator.corruptions_files import UNKNOWN_COLUMN
from simulator.register import Register
from simulator.school_roll import term_words

LARGEST_WORKBOOK = 100_000
_NUMBER_TYPES = ("money", "int", "dec")


@dataclass(frozen=True)
class Shape:
    """How one feed leaves its department."""

    feed: str
    words: str
    """The feed in the file name."""
    period: Callable[[Register], str]
    form: str
    """'township' = a workbook with a sheet a township, 'workbook', 'gb18030' or 'utf-8-sig' = csv."""
    aliases: tuple[tuple[str, str], ...] = ()
    """(column, accepted alias) pairs this department uses instead of the official header."""
    mode: str = "全量"


def _day(reg: Register) -> str:
    return reg.as_of.strftime("%Y%m%d")


def _month(reg: Register) -> str:
    return reg.as_of.strftime("%Y%m")


def _year(reg: Register) -> str:
    return str(reg.as_of.year)


def _term(reg: Register) -> str:
    return term_words(reg)[1]


SHAPES = (
    Shape("registry/villages", "行政村名单", _year, "workbook"),
    Shape("registry/households", "建档立卡户信息", _day, "township"),
    Shape(
        "registry/persons",
        "建档立卡人口信息",
        _day,
        "township",
        (("in_school", "在校情况"), ("work_months", "务工时间")),
    ),
    Shape("registry/edge_households", "边缘户信息", _day, "workbook", (("identified_on", "纳入时间"),)),
    Shape("medical/enrolments", "医保参保缴费", _month, "gb18030", (("id_no", "身份证号"), ("township", "乡镇"))),
    Shape(
        "housing/appraisals", "住房鉴定", _month, "workbook", (("head_id_no", "户主身份证号"), ("grade", "危房等级"))
    ),
    Shape("housing/retrofits", "危房改造台账", _month, "workbook", (("paid_on", "拨付时间"), ("township", "乡镇"))),
    Shape("education/enrolments", "学籍就学状态", _term, "utf-8-sig", (("id_no", "身份证号"), ("village", "村"))),
    Shape(
        "education/aid_payments",
        "学生资助",
        _term,
        "workbook",
        (("id_no", "身份证号"), ("account_holder", "开户人")),
        mode="增量",
    ),
    Shape(
        "civil_affairs/dibao",
        "低保花名册",
        _month,
        "workbook",
        (("id_no", "身份证号码"), ("covered_count", "享受保障人数")),
    ),
    Shape("civil_affairs/tekun", "特困供养", _month, "workbook", (("live_amt", "供养标准"), ("township", "乡镇"))),
    Shape("civil_affairs/disability", "残疾人及两项补贴", _month, "workbook", (("id_no", "身份证号码"),)),
    Shape("medical/inpatient_claims", "住院报销明细", _month, "gb18030", (("total", "总费用"),), mode="增量"),
    Shape("medical/chronic_visits", "慢病签约随访", _month, "gb18030", (("id_no", "身份证号"),)),
    Shape("water/village_supplies", "集中供水点水质检测", _year, "workbook", (("supply_no", "工程编号"),)),
    Shape(
        "water/household_water", "入户饮水安全评定", _month, "workbook", (("mode", "供水类型"), ("township", "乡镇"))
    ),
)


def file_name(shape: Shape, reg: Register, *, rows: int) -> str:
    """The suggested name of the delivery."""
    ending = "csv" if is_csv(shape, rows) else "xlsx"
    return f"{reg.geography.county}_{shape.period(reg)}_{shape.words}_{shape.mode}.{ending}"


def nil_name(shape: Shape, reg: Register) -> str:
    """The suggested name of a nil report."""
    return f"{reg.geography.county}_{shape.period(reg)}_{shape.words}_零报告.csv"


def is_csv(shape: Shape, rows: int) -> bool:
    """Departments with more rows than a workbook takes in reasonable time export text."""
    return shape.form in ("gb18030", "utf-8-sig") or rows > LARGEST_WORKBOOK


def encoding(shape: Shape) -> str:
    """Text encoding of the csv form."""
    return shape.form if shape.form in ("gb18030", "utf-8-sig") else "gb18030"


def headers(shape: Shape, feed: Feed, columns: list[str], notes: dict[str, str]) -> list[str]:
    """The header of each column: official, or this department's alias, with a unit note where one is meant."""
    chosen = dict(shape.aliases)
    texts = []
    for name in columns:
        if name.startswith(UNKNOWN_COLUMN):
            texts.append(name.removeprefix(UNKNOWN_COLUMN))
            continue
        column = feed.column(name)
        text = chosen.get(name, column.header)
        if text not in (column.header, *column.aliases):
            raise ValueError(f"{feed.name}.{name}: the contract does not accept the header {text}")
        texts.append(text + notes.get(name, ""))
    return texts


def is_number(feed: Feed, name: str) -> bool:
    """Whether a spreadsheet would hold the column as numbers."""
    return not name.startswith(UNKNOWN_COLUMN) and feed.column(name).type in _NUMBER_TYPES


def is_summed(feed: Feed, name: str) -> bool:
    """Whether the department's totals row adds the column up."""
    return name in ("member_count", "paid_amt", "hh_total", "pop_total", "monthly_amt", "hh_served")


def unit_line(feed: Feed, reg: Register) -> list[str]:
    """The row under the title."""
    return [f"填报单位：{reg.geography.county_name}{feed.department}局", f"填报日期：{reg.as_of.isoformat()}"]


_SECTOR_WORDS = {
    "registry": "扶贫",
    "medical": "医保",
    "housing": "住建",
    "education": "教育",
    "civil_affairs": "民政",
    "water": "水利",
}


def totals_shape(sector: str) -> Shape:
    """The bulletin of one sector."""
    return Shape(f"{sector}/department_totals", f"{_SECTOR_WORDS[sector]}自报汇总", _month, "workbook")
