"""How departments misreport their own numbers (``<sector>/department_totals``).

Data in: a bulletin row. Data out: changed cells, codes, and the findings of R002.
Not here: households and people; a bulletin row belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from simulator.facts import Finding
from simulator.tables import Sent
from simulator.world import World


@dataclass(frozen=True)
class Bulletin:
    """The rows one sector reports and (indicator, area) of each."""

    sector: str
    sent: Sent
    keys: list[tuple[str, str]]

    def cell(self, rid: int, column: str) -> str:
        """The text of one cell."""
        return self.sent.table.get(rid, column)


@dataclass(frozen=True)
class BulletinKind:
    """One way of misreporting."""

    name: str
    fits: Callable[[Bulletin, int], bool]
    apply: Callable[[World, Bulletin, int], None]
    consequence: str


def _expect_conflict(world: World, bulletin: Bulletin, rid: int) -> None:
    indicator, area = bulletin.keys[rid]
    world.facts.findings.append(Finding("R002", "", "fail", "indicator", f"{indicator}|{area}", bulletin.sector))


_CHAINED = ("retro_task", "retro_started", "retro_done")
"""Counts that bound each other (R101): only the kind that says so changes one of them."""


def _is_count(bulletin: Bulletin, rid: int) -> bool:
    return bulletin.cell(rid, "unit") != "%" and bulletin.keys[rid][0] not in _CHAINED


def _is_done(bulletin: Bulletin, rid: int) -> bool:
    return bulletin.keys[rid][0] == "retro_done"


def _done_above_started(world: World, bulletin: Bulletin, rid: int) -> None:
    """More houses finished than begun."""
    area = bulletin.keys[rid][1]
    started = bulletin.cell(bulletin.keys.index(("retro_started", area)), "value")
    bulletin.sent.table.set(rid, value=str(int(started) + 1))
    _expect_conflict(world, bulletin, rid)
    finding = Finding("R101", "done_above_started", "fail", "indicator", f"retro_done|{area}", bulletin.sector)
    world.facts.findings.append(finding)


def _is_rate(bulletin: Bulletin, rid: int) -> bool:
    return bulletin.cell(rid, "unit") == "%" and Decimal(bulletin.cell(rid, "value")) > Decimal(3)


def _is_persons(bulletin: Bulletin, rid: int) -> bool:
    return bulletin.cell(rid, "unit") == "人"


def _one_more(world: World, bulletin: Bulletin, rid: int) -> None:
    bulletin.sent.table.set(rid, value=str(int(bulletin.cell(rid, "value")) + 1))
    _expect_conflict(world, bulletin, rid)


_LOWERED = Decimal("0.57")
"""More than half a percent: told apart even where a spreadsheet shows 98 for 98.00."""


def _rate_lower(world: World, bulletin: Bulletin, rid: int) -> None:
    value = Decimal(bulletin.cell(rid, "value")) - _LOWERED
    bulletin.sent.table.set(rid, value=str(value), numerator="", denominator="")
    _expect_conflict(world, bulletin, rid)


def _rate_against_parts(world: World, bulletin: Bulletin, rid: int) -> None:
    """The value is right, the parts beside it are not."""
    del world
    bulletin.sent.table.set(rid, numerator=str(int(bulletin.cell(rid, "denominator")) // 2))
    bulletin.sent.table.code(rid, "W_SUM_MISMATCH")


def _rate_without_unit(world: World, bulletin: Bulletin, rid: int) -> None:
    del world
    bulletin.sent.table.set(rid, unit="")
    bulletin.sent.table.code(rid, "W_PERCENT_ASSUMED")


def _rate_one_decimal(world: World, bulletin: Bulletin, rid: int) -> None:
    """Rounded to one decimal: no conflict at the reported precision."""
    del world
    numerator, denominator = int(bulletin.cell(rid, "numerator")), int(bulletin.cell(rid, "denominator"))
    value = (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("0.1"))
    bulletin.sent.table.set(rid, value=str(value))


def _households_for_persons(world: World, bulletin: Bulletin, rid: int) -> None:
    del world
    bulletin.sent.table.set(rid, unit="户")
    bulletin.sent.table.code(rid, "R_CODE_UNKNOWN")


def _by_name(world: World, bulletin: Bulletin, rid: int) -> None:
    del world
    bulletin.sent.table.set(rid, indicator="")


def _unknown_name(world: World, bulletin: Bulletin, rid: int) -> None:
    del world
    bulletin.sent.table.set(rid, indicator="", indicator_name="医保完成率")
    bulletin.sent.table.code(rid, "R_CODE_UNKNOWN")


def _old_definition(world: World, bulletin: Bulletin, rid: int) -> None:
    """Filled in by last year's definition: the whole bulletin is told."""
    table, reg = bulletin.sent.table, world.register
    table.set(rid, definition_version="v0")
    if "G_OLD_DEFINITION" in table.file_codes:
        return
    table.file_codes.append("G_OLD_DEFINITION")
    subject = f"{bulletin.sector}/department_totals|{reg.geography.county}|{reg.as_of:%Y%m}"
    world.facts.findings.append(Finding("R014", "old_definition", "fail", "delivery", subject, bulletin.sector))


def _other_month(world: World, bulletin: Bulletin, rid: int) -> None:
    year = world.register.as_of.year
    bulletin.sent.table.set(rid, period=f"{year - 1}年5月")
    bulletin.sent.table.code(rid, "R_PERIOD_MISMATCH")


def _about(world: World, bulletin: Bulletin, rid: int) -> None:
    del world
    bulletin.sent.table.set(rid, value=f"约{bulletin.cell(rid, 'value')}")
    bulletin.sent.table.code(rid, "R_NUMBER_INVALID")


def _large(fits: Callable[[Bulletin, int], bool]) -> Callable[[Bulletin, int], bool]:
    """Only in bulletins where one unreadable row is no large share."""
    return lambda bulletin, rid: fits(bulletin, rid) and len(bulletin.keys) > 8  # noqa: PLR2004 -- 1 of 9


BULLETIN_KINDS: tuple[BulletinKind, ...] = (
    BulletinKind("total_done_above_started", _is_done, _done_above_started, "R002 R101"),
    BulletinKind("total_one_more", _is_count, _one_more, "R002"),
    BulletinKind("total_rate_lower", _is_rate, _rate_lower, "R002"),
    BulletinKind("total_parts", _is_rate, _rate_against_parts, "W_SUM_MISMATCH"),
    BulletinKind("total_one_more_again", _is_count, _one_more, "R002"),
    BulletinKind("total_no_unit", _is_rate, _rate_without_unit, "W_PERCENT_ASSUMED"),
    BulletinKind("total_one_decimal", _is_rate, _rate_one_decimal, "nothing"),
    BulletinKind("total_by_name", _is_count, _by_name, "nothing"),
    BulletinKind("total_unit", _large(_is_persons), _households_for_persons, "R_CODE_UNKNOWN"),
    BulletinKind("total_unknown_name", _large(_is_count), _unknown_name, "R_CODE_UNKNOWN"),
    BulletinKind("total_other_month", _large(_is_count), _other_month, "R_PERIOD_MISMATCH"),
    BulletinKind("total_old_definition", _is_count, _old_definition, "G_OLD_DEFINITION; R014"),
    BulletinKind("total_about", _large(_is_count), _about, "R_NUMBER_INVALID"),
)
