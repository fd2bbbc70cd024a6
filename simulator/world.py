"""The whole county before anything is corrupted: people, what every department sends, what is true.

Data in: seed, size and day. Data out: one :class:`World` that corruptions change and the writers send out.
Not here: corruptions, files, truth tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulator import dibao_list, feed_names, housing_lists, medical_list, registry_feeds, school_roll, water_lists
from simulator.aid_list import AidFacts, aid
from simulator.dibao_list import DibaoFacts
from simulator.facts import GREEN, RED, REVIEW, YELLOW, YES, Facts
from simulator.geography import Geography, make_geography
from simulator.hospital_lists import HospitalFacts, hospital
from simulator.housing_lists import HouseFacts
from simulator.profiles import Profile, fit_geography, fit_register
from simulator.register import EDGE_HIGH, EDGE_LOW, EXITED, NOT_OUT, TEKUN, Register, make_register
from simulator.residents import Residents, make_residents
from simulator.school_roll import SchoolFacts
from simulator.supported_lists import SupportFacts, supported
from simulator.tables import FeedTable, Sent
from simulator.water_lists import WaterFacts

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

RESIDENTS_A_HOUSEHOLD = 18
PREFECTURE_HOUSEHOLDS, PREFECTURE_RESIDENTS = 187_500, 9_500_000


@dataclass
class World:
    """Everything the simulator knows."""

    register: Register
    residents: Residents
    sent: dict[str, Sent]
    facts: Facts
    school: SchoolFacts
    houses: HouseFacts
    waters: WaterFacts
    allowance: DibaoFacts
    support: SupportFacts
    hospital: HospitalFacts
    aid: AidFacts
    spares: list[int] = field(default_factory=list)
    """People outside the register whom no list names yet."""
    no_special: set[int] = field(default_factory=set)
    """Register persons for whom nobody bought the special cover."""

    def table(self, feed: str) -> FeedTable:
        """The followed rows of a feed."""
        return self.sent[feed].table

    @property
    def geography(self) -> Geography:
        """Townships and villages."""
        return self.register.geography


def make_world(
    *, seed: int, households: int, as_of: date, scale: str | None, profile: Profile | None = None, place: int = 0
) -> World:
    """A clean county: every list agrees with the register, every guarantee is met."""
    rng = np.random.default_rng(seed)
    residents_wanted = households * RESIDENTS_A_HOUSEHOLD
    if scale == "prefecture":
        households, residents_wanted = PREFECTURE_HOUSEHOLDS, PREFECTURE_RESIDENTS
    geography = make_geography(households, place)
    if profile is not None:
        geography = fit_geography(geography, profile)
    reg = make_register(geography, households, as_of, rng)
    if profile is not None:
        fit_register(reg, profile, rng)
    residents = make_residents(
        geography.villages, residents_wanted // 2 * 2, reg.people.village, reg.today, int(geography.county)
    )

    roster, insurance = medical_list.medical(reg, residents, rng)
    roll, school = school_roll.education(reg, residents, rng)
    allowance_list, allowance = dibao_list.dibao(reg, residents, rng)
    appraisals, retrofits, houses = housing_lists.housing(
        reg, residents, rng, projects=profile.projects if profile else None
    )
    survey, supplies, waters = water_lists.water(reg, residents, rng)
    by_village = np.bincount(reg.people.village, minlength=geography.villages) + np.diff(residents.starts)
    sent = {
        feed_names.VILLAGES: registry_feeds.villages(geography, by_village, as_of.year),
        feed_names.HOUSEHOLDS: registry_feeds.households(reg, houses.relocated, rng),
        feed_names.PERSONS: registry_feeds.persons(reg, insurance.insured, rng),
        feed_names.EDGES: registry_feeds.edge_households(reg),
        feed_names.MEDICAL: roster,
        feed_names.APPRAISALS: appraisals,
        feed_names.RETROFITS: retrofits,
        feed_names.EDUCATION: roll,
        feed_names.DIBAO_FEED: allowance_list,
        feed_names.SUPPLIES: supplies,
        feed_names.HOUSEHOLD_WATER: survey,
    }
    health = sent[feed_names.PERSONS].table.columns["health"]
    disabled = insurance.alive & pc.equal(health, "残疾").to_numpy(zero_copy_only=False)
    chronic = insurance.alive & pc.equal(health, "长期慢性病").to_numpy(zero_copy_only=False)
    tekun, certificates, support = supported(reg, disabled, allowance.covered, rng)
    claims, visits, stays = hospital(reg, insurance.alive, chronic, rng)
    payments, aided = aid(reg, school.stage, insurance.alive, disabled)
    sent[feed_names.AID] = payments
    sent |= {feed_names.TEKUN_FEED: tekun, feed_names.DISABILITY: certificates}
    sent |= {feed_names.CLAIMS: claims, feed_names.CHRONIC: visits}
    count, size = reg.people.register, reg.households.count
    facts = Facts(
        in_register=np.ones(count, dtype=np.bool_),
        alive=insurance.alive,
        exempt=insurance.exempt,
        found=np.ones(count, dtype=np.bool_),
        insured=insurance.insured,
        special=np.zeros(count, dtype=np.bool_),
        unpaid=np.zeros(count, dtype=np.bool_),
        school=school.school.copy(),
        dropout=np.zeros(count, dtype=np.bool_),
        drop_cause={},
        home=school.home & school.of_age,
        in_dibao=allowance.covered,
        not_out=reg.status == NOT_OUT,
        tekun=reg.attr == TEKUN,
        npc=reg.households.npc.copy(),
        housing=np.full(size, YES),
        water=np.full(size, YES),
        card=_cards(reg),
        edge_village=[int(v) for v in reg.edge.village],
        edge_npc=[int(cents) for cents in reg.edge.npc],
        edge_card_blue=[True] * reg.edge.count,
        project_village=houses.village,
        project_this_year=houses.this_year,
        project_started=np.ones(len(houses.village), dtype=np.bool_),
        project_done=np.ones(len(houses.village), dtype=np.bool_),
        project_paid=houses.paid,
        exits=np.isin(reg.status, EXITED) & (reg.exit_year == as_of.year),
        exit_village=registry_feeds.exit_villages(geography),
        exited_village=registry_feeds.exited_villages(geography),
        dangerous=houses.grade > housing_lists.B,
        certified=np.full(size, YES),
        surveyed=np.ones(size, dtype=np.bool_),
        central=waters.central.copy(),
        graduate=np.zeros(count, dtype=np.bool_),
        placed=np.zeros(count, dtype=np.bool_),
        dibao_outside=allowance.outside,
    )
    _expect_standing_reviews(reg, facts)
    first_spare = reg.people.register + reg.people.edge
    return World(
        register=reg,
        residents=residents,
        sent=sent,
        facts=facts,
        school=school,
        houses=houses,
        waters=waters,
        allowance=allowance,
        support=support,
        hospital=stays,
        aid=aided,
        spares=list(range(first_spare, first_spare + reg.people.spare)),
    )


def _cards(reg: Register) -> IntArray:
    """The colour each household was made for: all guarantees are met in a clean county."""
    npc = reg.households.npc
    card = np.where(npc <= EDGE_HIGH, YELLOW, GREEN)
    card = np.where(npc < EDGE_LOW, REVIEW, card)
    return np.asarray(np.where(np.isin(reg.status, EXITED), card, RED), dtype=np.int64)


def _expect_standing_reviews(reg: Register, facts: Facts) -> None:
    """Households that a clean county still reviews: incomes below the band."""
    for household in np.flatnonzero(facts.card == REVIEW):
        facts.household_finding("R048", "npc_below_band", reg.households.number(int(household)), "registry")
