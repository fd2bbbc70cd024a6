"""The script of the season of whole nights: when each list comes, what is wrong in it, who says what, what must follow.

Data in: nothing. Data out: the calendar and the cases.
A case is one fault of the simulator (simulator/chosen.py) in one department's list. What people bring about of its
issue is written down by hand (``phases``); everything else that must be true follows from what the lists show
(season_truth.py). A night sees what was delivered and answered on its day; officers decide in the morning after it.
Not here: files, commands and comparing (season.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from simulator.season import Phase

NIGHTS, FIRST = 40, date(2020, 7, 2)
"""The stage of these days (D4, 决战决胜) sets no date of its own."""
BASELINES: Mapping[int, str] = {5: "第一次", 24: "第二次"}
"""After these nights an officer freezes a baseline."""
DELIVERED: Mapping[str, tuple[int, ...]] = {
    "medical/enrolments": (0, 4, 10, 16, 22, 28, 34, 37),
    "housing/appraisals": (0, 9, 20, 33),
    "housing/retrofits": (0, 11, 25),
    "education/enrolments": (0, 14, 30),
    "civil_affairs/dibao": (0, 7, 21, 31),
    "civil_affairs/disability": (0, 15),
    "water/household_water": (0, 18),
    "registry/households": (0, 12, 26),
}
"""Nights before which a list is delivered; the insurance list of night 37 is that of night 34 once more."""
ALWAYS = ((0, NIGHTS),)
PEOPLE = {"经办人": "测经办", "审核人": "测审核"}
EXPLAINED = {"办理结果": "已说明", "情况说明": "已核实", "佐证材料编号": "ZL01"}
NO_FAULT = {"办理结果": "数据无误", "情况说明": "已核对原件"}


def day(night: int) -> date:
    """The day of a night, counted from 0."""
    return FIRST + timedelta(days=night)


def fixed(night: int) -> dict[str, str]:
    return {"办理结果": "已更正", "更正后的值": "已参保", "更正日期": day(night).isoformat()}


def begun(progress: str) -> dict[str, str]:
    return {"办理结果": "正在办理", "完成进度": progress}


def not_ours(unit: str) -> dict[str, str]:
    return {"办理结果": "非本部门职责", "转办单位": unit}


@dataclass(frozen=True)
class Case:
    """A fault in one row of a list, what people do about it, and what must follow."""

    name: str
    kind: str
    issue: tuple[str, str]
    """Rule and detail of the issue that people deal with."""
    owner: str
    wrong: tuple[tuple[int, int], ...] = ALWAYS
    """Nights from and before which the department's data are wrong."""
    phases: tuple[Phase, ...] = ()
    """What people bring about, from which night on."""
    replies: tuple[tuple[int, str, dict[str, str]], ...] = ()
    """Night, whose list of issues (or ``corrections``), what is filled in."""
    decisions: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Night after which an officer decides, and the words of the command."""


def _insurance(name: str, wrong: tuple[tuple[int, int], ...], *phases: Phase, replies: tuple[tuple[int, str,
               dict[str, str]], ...] = (), decisions: tuple[tuple[int, tuple[str, ...]], ...] = (),
               kind: str = "unpaid") -> Case:  # fmt: skip
    return Case(name, kind, ("R081", ""), "medical", wrong, phases, replies, decisions)


_HOUSE = ("house_d_unlisted", ("R107", ""), "housing")
_MED = "medical"

CASES = (
    _insurance("paid without a word", ((0, 4),)),
    _insurance("nobody does anything", ALWAYS),
    _insurance("mended and reported", ((0, 10),), Phase(8, "replied", _MED), replies=((8, _MED, fixed(8)),)),
    _insurance(
        "reported, but not mended", ((0, 22),), Phase(8, "replied", _MED), Phase(10, "pushed", _MED, is_returned=True),
        Phase(20, "replied", _MED), replies=((8, _MED, fixed(8)), (20, _MED, fixed(20))), kind="declined",
    ),
    _insurance(
        "explained and believed", ALWAYS, Phase(3, "replied", _MED), Phase(6, "verified", _MED),
        replies=((3, _MED, EXPLAINED),), decisions=((5, ("accept",)),),
    ),
    _insurance(
        "explained and believed, mended in the end", ((0, 34),), Phase(3, "replied", _MED), Phase(6, "verified", _MED),
        replies=((3, _MED, NO_FAULT),), decisions=((5, ("accept",)),),
    ),
    _insurance(
        "explained, not believed, explained after the date", ALWAYS, Phase(3, "replied", _MED),
        Phase(5, "pushed", _MED, is_returned=True), Phase(36, "replied", _MED),
        replies=((3, _MED, EXPLAINED), (36, _MED, EXPLAINED)), decisions=((4, ("refuse",)),),
    ),
    _insurance(
        "not ours, taken by the second", ALWAYS, Phase(3, "pushed", "education"), Phase(6, "replied", "education"),
        Phase(8, "verified", "education"),
        replies=((3, _MED, not_ours("教育")), (6, "education", EXPLAINED)), decisions=((7, ("accept",)),),
    ),
    _insurance(
        "nobody's, until the office decides", ALWAYS, Phase(3, "pushed", "education"), Phase(6, "found", "registry"),
        Phase(9, "pushed", "water"), Phase(12, "pushed", "water", is_returned=True), Phase(19, "replied", "water"),
        replies=((3, _MED, not_ours("教育")), (6, "education", not_ours("水利")), (12, "water", not_ours("医保")),
                 (19, "water", begun("10%"))),
        decisions=((8, ("owner", "--owner", "water")),),
    ),
    _insurance("comes back", ((0, 4), (16, NIGHTS))),
    _insurance("comes back twice", ((0, 4), (10, 16), (22, 28)), kind="declined"),
    _insurance(
        "signed by one person", ALWAYS, Phase(5, "pushed", _MED, is_returned=True),
        replies=((5, _MED, {**EXPLAINED, "审核人": "测经办"}),),
    ),
    _insurance(
        "to no unit that there is", ALWAYS, Phase(7, "pushed", _MED, is_returned=True),
        replies=((7, _MED, not_ours("医保")),),
    ),
    _insurance(
        "left to rest", ALWAYS, Phase(3, "waived", _MED), Phase(10, "pushed", _MED),
        decisions=((2, ("waive", "--until", day(9).isoformat())),),
    ),
    _insurance(
        "rest ended early", ALWAYS, Phase(3, "waived", _MED), Phase(7, "pushed", _MED),
        decisions=((2, ("waive", "--until", day(30).isoformat())), (6, ("resume",))),
    ),
    _insurance(
        "mended while it rests", ((0, 10),), Phase(3, "waived", _MED),
        decisions=((2, ("waive", "--until", day(30).isoformat())),),
    ),
    _insurance("found in a later list", ((10, NIGHTS),), kind="declined"),
    _insurance(
        "found later, worked on, mended in time", ((16, 28),), Phase(20, "replied", _MED),
        replies=((20, _MED, begun("50%")), (26, _MED, begun("80%"))),
    ),
    Case(
        "a name, promised in the list of corrections", "medical_name_other", ("R001", "medical/enrolments.name"), _MED,
        ((0, 28),), (Phase(2, "replied", _MED),), ((2, "corrections", begun("50%")),),
    ),
    Case(
        "a house gets finished", *_HOUSE, ((0, 20),), (Phase(12, "replied", "housing"),),
        ((12, "housing", begun("80%")),),
    ),
    Case(
        "a house reported safe too early", *_HOUSE, ((0, 33),),
        (Phase(15, "replied", "housing"), Phase(20, "pushed", "housing", is_returned=True)),
        ((15, "housing", fixed(15)),),
    ),
    Case("a house found later, nobody answers", *_HOUSE, ((9, NIGHTS),)),
    Case(
        "a child back at school", "drop", ("R120", ""), "education", ((0, 30),),
        (Phase(12, "replied", "education"), Phase(14, "pushed", "education", is_returned=True),
         Phase(20, "replied", "education")),
        ((12, "education", fixed(12)), (20, "education", begun("60%"))),
    ),
    Case(
        "a child found later, explained", "drop", ("R120", ""), "education", ((14, NIGHTS),),
        (Phase(16, "replied", "education"), Phase(18, "verified", "education")),
        ((16, "education", EXPLAINED),), ((17, ("accept",)),),
    ),
    Case("two schools, mended at once", "two_schools", ("R121", "two_schools"), "education", ((0, 14),)),
    Case("water made safe", "test_no", ("R134", ""), "water", ((0, 18),), (Phase(11, "replied", "water"),),
         ((11, "water", begun("30%")),)),
    Case("an account that a list sent again does not mend", "dibao_account",
         ("R187", "civil_affairs/dibao.account_other"), "civil_affairs", ((7, 31),)),
    Case(
        "money that another has to pay", "never_paid", ("R102", "overdue"), "housing", ((0, 25),),
        (Phase(4, "pushed", "civil_affairs"), Phase(9, "replied", "civil_affairs")),
        ((4, "housing", not_ours("民政")), (9, "civil_affairs", begun("70%"))),
    ),
    Case("the register's own copy", "copy_water", ("R001", "registry/households.water_safe"), "registry", ((0, 26),),
         (Phase(20, "replied", "registry"),), ((20, "registry", fixed(20)),)),
    Case("a subsidy of the wrong amount", "living_double", ("R147", "living_amount"), "civil_affairs", ((0, 15),)),
)  # fmt: skip
"""Departments answer well, late, wrongly and not at all; houses get finished; issues rest, move and come back."""
