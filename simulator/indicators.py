"""The county's true numbers: sums over the constructed facts, by village, township and county.

Data in: the facts. Data out: one :class:`Number` per indicator and area.
Not here: comparing them with anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.consequences_school import AIDED_STAGES, dropouts_from_poverty, supported_pupils
from simulator.facts import AT_SCHOOL, GREEN, NOT_OF_AGE, RED, REVIEW, SCHOOL_EXCUSED, YELLOW, YES
from simulator.feed_names import VILLAGES
from simulator.geography import Geography
from simulator.indicators_support import support_numbers
from simulator.register import LINE
from simulator.world import World

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Number:
    """One indicator of one area; ``denominator`` is None for counts."""

    indicator: str
    area: str
    numerator: int
    denominator: int | None


def true_numbers(world: World) -> list[Number]:
    """Every indicator of every area."""
    numbers: list[Number] = []
    for indicator, (numerator, denominator) in _by_village(world).items():
        tops = dict(_areas(world.geography, numerator))
        bottoms = None if denominator is None else dict(_areas(world.geography, denominator))
        numbers += [Number(indicator, a, n, None if bottoms is None else bottoms[a]) for a, n in tops.items()]
    return numbers


def _populations(world: World) -> IntArray:
    """People of each village, as the list of villages tells."""
    table, geography = world.table(VILLAGES), world.geography
    first = 1 + len(geography.township_codes)
    return np.array([int(table.get(first + village, "pop_total")) for village in range(geography.villages)])


def _areas(geography: Geography, by_village: IntArray) -> Iterator[tuple[str, int]]:
    yield geography.county, int(by_village.sum())
    for township, code in enumerate(geography.township_codes):
        yield code, int(by_village[geography.township_of == township].sum())
    for village, code in enumerate(geography.village_codes):
        yield code, int(by_village[village])


def _by_village(world: World) -> dict[str, tuple[IntArray, IntArray | None]]:
    facts, reg = world.facts, world.register
    villages = world.geography.villages
    home_village = reg.households.village
    person_village = home_village[reg.household_of]

    def people(mask: NDArray[np.bool_]) -> IntArray:
        return np.bincount(person_village[mask & facts.in_register], minlength=villages).astype(np.int64)

    def homes(mask: NDArray[np.bool_]) -> IntArray:
        return np.bincount(home_village[mask], minlength=villages).astype(np.int64)

    def projects(mask: NDArray[np.bool_]) -> IntArray:
        wanted = mask & facts.project_this_year
        return np.bincount(facts.project_village[wanted], minlength=villages).astype(np.int64)

    aided, to_be_aided = supported_pupils(world)
    at_stage = {code: world.school.stage == stage for code, stage in AIDED_STAGES.items()}
    numbers = support_numbers(world)
    numbers |= {f"aid_rate_{code}": (people(aided & who), people(to_be_aided & who)) for code, who in at_stage.items()}
    poor_dropouts = dropouts_from_poverty(world)
    if poor_dropouts is not None:
        numbers["dropout_poor_persons"] = (people(poor_dropouts), None)
    everyone = np.ones(reg.people.register, dtype=np.bool_)
    every_home = np.ones(reg.households.count, dtype=np.bool_)
    alive_due = facts.alive & ~facts.exempt
    pupils = facts.alive & (facts.school != NOT_OF_AGE)
    safe_water = (facts.water == YES)[reg.household_of]
    poor = ~facts.tekun & (facts.npc >= 0) & (facts.npc < LINE)
    helped = np.zeros(reg.households.count, dtype=np.bool_)
    helped[reg.household_of[facts.in_dibao & facts.in_register]] = True
    leaving = facts.exits[reg.household_of]
    edge_village = np.array(facts.edge_village, dtype=np.int64)
    edge_review = np.array([not blue for blue in facts.edge_card_blue], dtype=np.bool_)
    off = edge_village[: len(edge_review)]
    return numbers | {
        "jd_hh": (homes(every_home), None),
        "jd_persons": (people(everyone), None),
        "not_out_persons": (people(facts.not_out[reg.household_of]), None),
        "edge_hh": (np.bincount(edge_village, minlength=villages), None),
        "ins_rate": (people(alive_due & facts.insured), people(alive_due)),
        "special_rate": (people(alive_due & facts.special), people(alive_due)),
        "ins_paid_persons": (people(facts.alive & facts.insured), None),
        "ins_exempt_persons": (people(facts.alive & facts.exempt), None),
        "ins_unpaid_persons": (people(facts.alive & facts.unpaid), None),
        "safe_house_rate": (homes(facts.housing == YES), homes(every_home)),
        "retro_started": (projects(facts.project_started), None),
        "retro_done": (projects(facts.project_done), None),
        "retro_paid": (projects(facts.project_paid), None),
        "in_school_rate": (
            people(pupils & (facts.school == AT_SCHOOL)),
            people(pupils & (facts.school != SCHOOL_EXCUSED)),
        ),
        "aid_rate": (people(aided), people(to_be_aided)),
        "dropout_persons": (people(facts.alive & facts.dropout), None),
        "home_persons": (people(facts.alive & facts.home), None),
        "water_safe_rate": (people(safe_water), people(everyone)),
        "water_safe_full": (people(safe_water), people(everyone)),
        "dibao_cover_rate": (homes(poor & helped), homes(poor)),
        "dibao_persons": (people(facts.in_dibao) + facts.dibao_outside, None),
        "dibao_rural_rate": (people(facts.in_dibao) + facts.dibao_outside, _populations(world)),
        "dibao_jd_persons": (people(facts.in_dibao), None),
        "exited_villages": (facts.exited_village.astype(np.int64), None),
        "retro_task": (projects(np.ones(len(facts.project_done), dtype=np.bool_)), None),
        "retro_done_rate": (
            projects(facts.project_done),
            projects(np.ones(len(facts.project_done), dtype=np.bool_)),
        ),
        "danger_solved_rate": (homes(facts.dangerous & (facts.housing == YES)), homes(facts.dangerous)),
        "exit_safe_house_rate": (
            homes(facts.exits & (facts.housing == YES) & (facts.certified == YES)),
            homes(facts.exits),
        ),
        "voc_placed_rate": (
            people(facts.graduate & facts.alive & facts.placed),
            people(facts.graduate & facts.alive),
        ),
        "exit_person_water_rate": (people(safe_water & leaving), people(leaving)),
        "exit_village_water_rate": (
            people(safe_water & facts.exit_village[person_village]),
            people(facts.exit_village[person_village]),
        ),
        "tap_rate": (people((facts.central & facts.surveyed)[reg.household_of]), people(everyone)),
        "water_surveyed_rate": (homes(facts.surveyed), homes(every_home)),
        "water_open_hh": (homes(facts.water != YES), None),
        "central_supply_rate": (homes(facts.central & facts.surveyed), homes(every_home)),
        "card_red": (homes(facts.card == RED), None),
        "card_yellow": (homes(facts.card == YELLOW), None),
        "card_green": (homes(facts.card == GREEN), None),
        "card_blue": (np.bincount(off[~edge_review], minlength=villages), None),
        "card_review": (homes(facts.card == REVIEW) + np.bincount(off[edge_review], minlength=villages), None),
    }
