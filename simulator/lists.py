"""Who belongs on each list that the documents order, by the way the county was made.

Data in: the corrupted world with its facts and expected findings. Data out: one :class:`Place` per list and subject.
Not here: cards (truth.py), and anything that reads what the product made of a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator.consequences import accepted, exit_states
from simulator.facts import NO, UNKNOWN, YES, Finding, RecordFinding
from simulator.feed_names import AID, EDUCATION
from simulator.register import LINE, TEKUN
from simulator.world import World

BoolArray = NDArray[np.bool_]

_FROM_FINDINGS: Mapping[str, tuple[tuple[str, str | None], ...]] = {
    "two_lines_to_register": (("R144", "dibao_not_in_jd"),),
    "two_lines_part_covered": (("R144", "part_of_household"),),
    "covered_not_due": (("R140", None),),
    "should_leave": (("R087", "dead_in_dibao"), ("R087", "double_cover"), ("R087", "not_in_register")),
    "should_enter": (("R081", None),),
    "reverted": (("R042", None),),
    "relapsed": (("R043", None),),
    "missed": (("R033", None), ("R035", None)),
    "left_too_early": (("R037", None),),
    "dangerous_house": (("R104", None),),
    "water_open": (("R135", None),),
    "out_of_school": (("R120", None),),
    "subsidy_late": (("R102", "late"), ("R102", "overdue")),
}
"""Lists whose members a corruption named itself; None for every detail."""

_LEDGER = ("就读学校", "年级", "资助", "监护人")
"""What the ledger of pupils says of each."""


@dataclass(frozen=True)
class Place:
    """One subject on one list. ``flags`` names the failing conditions where the list must name them."""

    list_id: str
    subject_type: str
    subject: str | tuple[str, int]
    """An id or a number; or the feed and row that it is."""
    flags: str = ""
    ambiguous: bool = False


def true_lists(world: World) -> Iterator[Place]:
    """Every list but the cards; a subject stands on a list once."""
    yield from _allowance_due(world)
    yield from _exit_checks(world)
    yield from _pupils(world)
    seen: set[Place] = set()
    for list_id, sources in _FROM_FINDINGS.items():
        for finding in world.facts.findings:
            if any(finding.rule == rule and detail in (None, finding.detail) for rule, detail in sources):
                place = _place(list_id, finding)
                if place not in seen:
                    seen.add(place)
                    yield place


def _place(list_id: str, finding: Finding | RecordFinding) -> Place:
    """Where a finding puts its subject; the same subject may be put there for several reasons."""
    if isinstance(finding, RecordFinding):
        row = (finding.feed, finding.rid)
        return Place(list_id, finding.subject_type, row, ambiguous=finding.ambiguous)
    return Place(list_id, finding.subject_type, finding.subject, ambiguous=finding.ambiguous)


def _numbers(world: World, which: BoolArray) -> list[str]:
    return [str(number) for number in world.register.households.numbers.filter(pa.array(which)).to_pylist()]


def _allowance_due(world: World) -> Iterator[Place]:
    """Poor households nobody of which draws the allowance: due but not covered, and one half of 两线融合."""
    facts, reg = world.facts, world.register
    drawing = np.bincount(reg.household_of[facts.in_dibao], minlength=reg.households.count) > 0
    due = (reg.attr != TEKUN) & (facts.npc >= 0) & (facts.npc < LINE) & ~drawing
    for number in _numbers(world, due):
        yield Place("due_not_covered", "household", number)
        yield Place("two_lines_to_allowance", "household", number)


def _exit_checks(world: World) -> Iterator[Place]:
    """Who left this year, or is about to, and does not pass; with the conditions that fail, by name."""
    states = exit_states(world)
    if not states.is_judged:
        return
    on_list = (states.left_now | states.planned) & (states.strict != YES)
    for household in np.flatnonzero(on_list):
        failing = [word for word, state in states.flags.items() if state[household] == NO]
        unsure = [word for word, state in states.flags.items() if state[household] == UNKNOWN]
        words = (f"未达标:{'、'.join(failing)};" if failing else "") + (f"不明:{'、'.join(unsure)}" if unsure else "")
        yield Place("exit_check", "household", world.register.households.number(int(household)), words)


def _pupils(world: World) -> Iterator[Place]:
    """The ledger of pupils: everybody of school age, and everybody whom a school names, with what the lists say."""
    facts, reg = world.facts, world.register
    roll, payments = rows_about(world, EDUCATION), rows_about(world, AID)
    at_school = np.zeros(reg.people.register, dtype=np.bool_)
    at_school[list(roll)] = True
    school, aid = world.table(EDUCATION), world.table(AID)
    for person in np.flatnonzero(facts.in_register & facts.alive & (world.school.of_age | at_school)).tolist():
        told = {
            column: "、".join(sorted({school.get(rid, column) for rid in roll.get(person, ())} - {""}))
            for column in ("school", "grade", "guardian_name")
        }
        paid = sum((Decimal(aid.get(rid, "paid_amt") or 0) for rid in payments.get(person, ())), Decimal(0))
        guardian = f"{told['guardian_name'][0]}**" if told["guardian_name"] else ""
        words = (told["school"], told["grade"], f"{paid:.2f}元", guardian)
        flags = "".join(f";{title}:{word or '未填'}" for title, word in zip(_LEDGER, words, strict=True))
        yield Place("school_ledger", "person", reg.people.id_no(person), flags)


def rows_about(world: World, feed: str) -> dict[int, list[int]]:
    """Rows of a list that are read and kept, by the register person whom they are truly about and name by the id."""
    table = world.table(feed)
    links, rows = table.links(), dict[int, list[int]]()
    for rid in np.flatnonzero(accepted(table) & (links >= 0) & (links < world.register.people.register)).tolist():
        rows.setdefault(int(links[rid]), []).append(rid)
    return rows
