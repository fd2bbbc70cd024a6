"""The clean table of every feed with as many rows as wanted, and the file name it would have.

Data in: the examples of docs/feeds.md. Data out: :class:`~tests.corpus.draft.Draft` without any mess.
Not here: messes, containers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from hashlib import sha256

from tests.corpus.draft import Cells, Draft, Line
from tests.integration.intake_examples import EXAMPLES, NAMES

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def an_id(number: int, *, male: bool = True, prefix: str = "610099", born: str = "1970") -> str:
    """A synthetic resident id with a right check digit (GB 11643)."""
    digits = f"{prefix}{born}{number % 12 + 1:02d}{number % 28 + 1:02d}{2 * number + (1 if male else 0):03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return digits + "10X98765432"[total % 11]


def a_name(number: int) -> str:
    """A synthetic name."""
    return "测" + "子丑寅卯辰巳午未申酉戌亥"[number % 12] + "一二三四五六七八九"[number % 9]


LACKING = frozenset(
    (
        "registry/households", "registry/persons", "medical/inpatient_claims", "medical/chronic_visits",
        "education/enrolments", "education/aid_payments", "civil_affairs/dibao", "civil_affairs/tekun",
        "civil_affairs/disability",
    )
)  # fmt: skip
"""Feeds whose example lacks a column marked O+: 是否搬迁户; 是否参加大病保险; 是否定点; 三个一批分类; 监护人姓名;
人员属性; 账户名称; 人员属性; 人员属性."""


def _households(cells: Cells, n: int) -> Cells:
    return {**cells, "户编号": f"9100000{n:04d}", "户主姓名": a_name(n), "户主证件号码": an_id(n)}


def _persons(cells: Cells, n: int) -> Cells:
    return {
        **cells, "户编号": f"9100000{n:04d}", "人编号": f"91000000{n:05d}", "姓名": a_name(n), "证件号码": an_id(n),
        "证件类型": "居民身份证", "性别": "", "与户主关系": "户主",
    }  # fmt: skip


def _edge(cells: Cells, n: int) -> Cells:
    return {
        **cells, "户编号": f"8100000{n:04d}", "姓名": a_name(n), "证件号码": an_id(n), "与户主关系": "户主",
        "家庭人口数": "1",
    }  # fmt: skip


def _villages(cells: Cells, n: int) -> Cells:
    return {**cells, "行政区划编码": f"6100991013{n:02d}", "村": "丙" + "东南西北中上下前后"[n % 9] + "村"}


def _person(column: str, **others: Callable[[int], str]) -> Callable[[Cells, int], Cells]:
    def vary(cells: Cells, n: int) -> Cells:
        found = {**cells, "姓名": a_name(n), column: an_id(n)}
        return found | {name: make(n) for name, make in others.items()}

    return vary


def _head(cells: Cells, n: int) -> Cells:
    return {**cells, "户编号": f"9100000{n:04d}", "户主姓名": a_name(n), "户主身份证号": an_id(n)}


def _retrofits(cells: Cells, n: int) -> Cells:
    return {**_head(cells, n), "档案编号": f"WG2020{n:04d}", "兑付单号": f"DF{n:02d}"}


def _supplies(cells: Cells, n: int) -> Cells:
    return {**cells, "农村供水工程代码": f"GS610099{n:03d}", "农村供水工程名称": f"供水站{'甲乙丙丁戊己庚辛'[n % 8]}"}


def _pupils(cells: Cells, n: int) -> Cells:
    return {**cells, "姓名": a_name(n), "身份证号": an_id(n, born="2010"), "学籍号": ""}


def _dibao(cells: Cells, n: int) -> Cells:
    return {
        **cells, "低保证号": f"DB610099{n:04d}", "户主姓名": a_name(n), "姓名": a_name(n), "身份证号码": an_id(n),
        "享受保障人数": "1", "户月保障金额": "210", "与户主关系": "户主",
    }  # fmt: skip


def _disabled(cells: Cells, n: int) -> Cells:
    number = an_id(n)
    return {**cells, "姓名": a_name(n), "身份证号码": number, "残疾人证号": f"{number}42"}


def _figures(cells: Cells, n: int) -> Cells:
    code = ("610099", "610099101", "610099102", "610099101201", "610099101202", "610099102201")[n % 6]
    name = ("测试县", "甲镇", "乙镇", "甲山村", "甲水村", "乙河村")[n % 6]
    return {**cells, "行政区划编码": code, "行政区划": name}


def check_token(cells: Cells) -> str:
    """The token of a pushed issue (docs/feeds.md 15.2)."""
    columns = ("问题编号", "核查字段", "行政区划编码", "户编号", "姓名", "证件号码", "行业数据值", "建档立卡数据值")
    return sha256("|".join(cells[column].strip() for column in columns).encode()).hexdigest()[:8]


def _replies(cells: Cells, n: int) -> Cells:
    found = {**cells, "问题编号": f"R081-610099-20200615-{n:05d}", "姓名": a_name(n), "证件号码": an_id(n)}
    return {**found, "校验码": check_token(found)}


_VARY: dict[str, Callable[[Cells, int], Cells]] = {
    "registry/households": _households,
    "registry/persons": _persons,
    "registry/edge_households": _edge,
    "registry/villages": _villages,
    "medical/enrolments": _person("身份证号"),
    "medical/inpatient_claims": _person("证件号码", 结算ID=lambda n: f"JS20200{n:05d}"),
    "medical/chronic_visits": _person("身份证号"),
    "housing/appraisals": _head,
    "housing/retrofits": _retrofits,
    "education/enrolments": _pupils,
    "education/aid_payments": _person("身份证号"),
    "civil_affairs/dibao": _dibao,
    "civil_affairs/tekun": _person("身份证号"),
    "civil_affairs/disability": _disabled,
    "water/village_supplies": _supplies,
    "water/household_water": _head,
    "medical/department_totals": _figures,
    "medical/replies": _replies,
}
PATTERN = {"water/household_water": 1}
"""Row of the example that all rows follow, from 0; 0 where nothing is said."""
FEEDS = tuple(sorted(_VARY))


def example(feed: str) -> Draft:
    """The three rows of the specification as they stand."""
    table = [row for row in csv.reader(io.StringIO(EXAMPLES[feed])) if row]
    lines = [Line(dict(zip(table[0], row, strict=True))) for row in table[1:]]
    draft = Draft(feed, "the example", NAMES[feed], table[0], lines)
    if feed in LACKING:
        draft.reasons.add("G_OPTIONAL_MISSING")
    if feed == "registry/persons":
        lines[1].codes.add("W_ID_CERT")
    return draft


def clean(feed: str, count: int = 5, label: str = "clean") -> Draft:
    """``count`` valid rows, none of which earns a code."""
    table = [row for row in csv.reader(io.StringIO(EXAMPLES[feed])) if row]
    columns = table[0]
    examples = [dict(zip(columns, row, strict=True)) for row in table[1:]]
    lines = []
    for number in range(1, count + 1):
        cells = dict(examples[PATTERN.get(feed, 0)])
        if "序号" in cells:
            cells["序号"] = str(number)
        lines.append(Line(_VARY[feed](cells, number)))
    draft = Draft(feed, label, NAMES[feed], columns, lines)
    if feed in LACKING:
        draft.reasons.add("G_OPTIONAL_MISSING")
    return draft
