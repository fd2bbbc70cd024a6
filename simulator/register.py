"""The register of poor households and the people whom the simulator follows one by one.

Data in: the geography, a random generator, the day. Data out: arrays of households and people.
Not here: facts that sectors hold about them (sectors.py), files, corruptions.
"""

# ruff: noqa: PLR2004 -- the shares and ages of an invented county are data, not thresholds

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simulator import likenesses
from simulator.geography import Geography
from simulator.ids import day_number, id_numbers, reserved_sequences
from simulator.names import MOST_IN_A_VILLAGE, person_names

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_SIZES = (0.16, 0.20, 0.20, 0.19, 0.13, 0.08, 0.03, 0.01)
YEAR_DAYS = 365.2425
GENERAL, DIBAO, TEKUN = 0, 1, 2
ATTR_WORDS = ("一般贫困户", "低保贫困户", "特困供养贫困户")
STATUS_WORDS = ("未脱贫", "拟脱贫", "已脱贫（享受政策）", "已脱贫（不享受政策）", "返贫", "回退")
STATUS_SHARES = (0.030, 0.004, 0.880, 0.080, 0.004, 0.002)
NOT_OUT = 0
EXITED = (2, 3)
HEAD, SPOUSE, SON, DAUGHTER, GRANDSON, GRANDDAUGHTER, FATHER, MOTHER = range(8)
RELATION_WORDS = ("户主", "配偶", "之子", "之女", "之孙子", "之孙女", "之父", "之母")
_NUMBERS_A_COUNTY = 100_000_000
EDGE_SHARE, SUDDEN_SHARE = 0.03, 0.2
LINE, EDGE_LOW, EDGE_HIGH = 400_000, 400_000, 500_000
"""Cents a person and year: the sample county's dibao line and edge band (D4), both ends inclusive."""


@dataclass
class People:
    """Everybody followed one by one: register persons, then edge persons, then spare people outside both."""

    birth: IntArray
    is_male: BoolArray
    village: IntArray
    ids: pa.StringArray
    names: pa.StringArray
    register: int
    edge: int
    spare: int

    def id_no(self, person: int) -> str:
        """The 18-character number."""
        return str(self.ids[person].as_py())

    def name(self, person: int) -> str:
        """The name in the register's spelling."""
        return str(self.names[person].as_py())


@dataclass
class Households:
    """Register households (also used for edge households). ``start`` has one entry more than households."""

    village: IntArray
    start: IntArray
    numbers: pa.StringArray
    npc: IntArray
    """Cents a person and year."""

    @property
    def count(self) -> int:
        """How many households."""
        return len(self.village)

    @property
    def size(self) -> IntArray:
        """Members of each household."""
        return np.diff(self.start)

    def number(self, household: int) -> str:
        """The household number."""
        return str(self.numbers[household].as_py())

    def members(self, household: int) -> range:
        """Positions of the members in :class:`People`, the head first."""
        return range(int(self.start[household]), int(self.start[household + 1]))

    def of_person(self) -> IntArray:
        """Household of each member."""
        return np.repeat(np.arange(self.count, dtype=np.int64), self.size)


@dataclass
class Register:
    """The register and the edge list with all that only they know."""

    geography: Geography
    as_of: date
    today: int
    """``as_of`` in days since 1970."""
    households: Households
    edge: Households
    people: People
    attr: IntArray
    status: IntArray
    exit_year: IntArray
    identified: IntArray
    relation: IntArray
    """Of register persons."""
    edge_kind: IntArray
    """0 边缘易致贫户, 1 突发严重困难户."""
    household_of: IntArray
    """Register household of each register person."""

    def age_on(self, day: int) -> IntArray:
        """Full years of everybody on a day."""
        born = np.datetime64("1970-01-01") + self.people.birth.astype("timedelta64[D]")
        on = np.datetime64("1970-01-01") + np.timedelta64(day, "D")
        months = on.astype("datetime64[M]").astype(np.int64) - born.astype("datetime64[M]").astype(np.int64)
        day_of_month = (on - on.astype("datetime64[M]")).astype(np.int64)
        born_day = (born - born.astype("datetime64[M]")).astype(np.int64)
        return np.asarray((months - (born_day > day_of_month)) // 12, dtype=np.int64)


def make_register(geography: Geography, households: int, as_of: date, rng: np.random.Generator) -> Register:
    """Households of 1–8 people with exactly one head each, edge households, and some spare people."""
    today = day_number(as_of.isoformat())
    size = rng.choice(np.arange(1, 9), size=households, p=np.array(_SIZES))
    attr = _attributes(size, rng)
    village = np.sort(rng.integers(0, geography.villages, households))
    register = _household_frame(village, size, 90_000_000_000 + geography.place * _NUMBERS_A_COUNTY)
    relation, birth, is_male = _members(register, attr, today, rng)
    home = register.of_person()
    twins = likenesses.twin_of(home, np.isin(relation, (SON, DAUGHTER)))
    relation, birth = likenesses.same_as_twin(relation, twins), likenesses.same_as_twin(birth, twins)
    is_male = likenesses.same_as_twin(is_male, twins)

    edges = max(3, int(households * EDGE_SHARE))
    edge_size = rng.integers(1, 5, edges)
    edge = _household_frame(
        np.sort(rng.integers(0, geography.villages, edges)),
        edge_size,
        80_000_000_000 + geography.place * _NUMBERS_A_COUNTY,
    )
    edge_birth, edge_male = _crowd(int(edge_size.sum()), today, rng)
    spares = max(40, households // 10)
    spare_birth, spare_male = _crowd(spares, today, rng)
    spare_village = rng.integers(0, geography.villages, spares)

    births = np.concatenate([birth, edge_birth, spare_birth])
    males = np.concatenate([is_male, edge_male, spare_male])
    villages = np.concatenate([np.repeat(village, size), np.repeat(edge.village, edge_size), spare_village])
    ordinals = _name_ordinals(villages)
    fathers = np.where((relation == SON) & is_male[register.start[home]], register.start[home], -1)
    people = People(
        birth=births,
        is_male=males,
        village=villages,
        ids=id_numbers(births, reserved_sequences(births, males), int(geography.county)),
        names=likenesses.alike(person_names(villages, ordinals), villages, ordinals, twins, fathers),
        register=len(birth),
        edge=len(edge_birth),
        spare=spares,
    )
    edge.start = edge.start + people.register
    year = as_of.year
    status = rng.choice(len(STATUS_WORDS), size=households, p=np.array(STATUS_SHARES))
    exit_year = np.where(np.isin(status, EXITED), rng.integers(2016, max(2017, year) + 1, households), 0)
    register.npc = _incomes(attr, rng)
    edge.npc = rng.integers(40, 51, edges) * 10_000
    return Register(
        geography=geography,
        as_of=as_of,
        today=today,
        households=register,
        edge=edge,
        people=people,
        attr=attr,
        status=status,
        exit_year=exit_year,
        identified=rng.choice(
            [day_number("2013-12-31"), day_number("2014-12-31"), day_number("2015-11-30")], households
        ),
        relation=relation,
        edge_kind=(rng.random(edges) < SUDDEN_SHARE).astype(np.int64),
        household_of=home,
    )


def _attributes(size: IntArray, rng: np.random.Generator) -> IntArray:
    """特困供养 only for people living alone; 低保 for about a fifth of the rest."""
    draw = rng.random(len(size))
    attr = np.where(draw < 0.22, DIBAO, GENERAL)
    return np.asarray(np.where((size == 1) & (draw > 0.75), TEKUN, attr), dtype=np.int64)


def _household_frame(village: IntArray, size: IntArray, first_number: int) -> Households:
    start = np.r_[0, np.cumsum(size)].astype(np.int64)
    numbers = pa.array(first_number + 1 + np.arange(len(size))).cast(pa.string())
    return Households(village=village, start=start, numbers=numbers, npc=np.zeros(len(size), dtype=np.int64))


def _members(
    households: Households, attr: IntArray, today: int, rng: np.random.Generator
) -> tuple[IntArray, IntArray, BoolArray]:
    """Relation, birth day and sex of every member: spouse second, parents in the next seats, then the young."""
    home = households.of_person()
    seat = np.arange(len(home)) - households.start[home]
    head_age = rng.uniform(28, 84, households.count)
    head_age = np.where(attr == TEKUN, rng.uniform(61, 88, households.count), head_age)
    head_male = rng.random(households.count) < 0.82
    age_of_head = head_age[home]
    draw = rng.random(len(home))
    male = rng.random(len(home)) < 0.52

    is_spouse = (seat == 1) & (draw < 0.85)
    is_parent = ((seat == 2) | (seat == 3)) & (draw < 0.30) & (age_of_head < 66)
    is_grandchild = (seat >= 2) & ~is_parent & (age_of_head > 52) & (draw > 0.45)
    relation = np.where(male, SON, DAUGHTER)
    relation = np.where(is_grandchild, np.where(male, GRANDSON, GRANDDAUGHTER), relation)
    relation = np.where(is_parent, np.where(seat == 2, FATHER, MOTHER), relation)
    relation = np.where(is_spouse, SPOUSE, relation)
    relation = np.where(seat == 0, HEAD, relation)

    male = np.where(relation == SPOUSE, ~head_male[home], male)
    male = np.where(relation == HEAD, head_male[home], male)
    male = np.where(relation == FATHER, True, np.where(relation == MOTHER, False, male))

    young = rng.uniform(0.1, 19, len(home))
    age = age_of_head - rng.uniform(21, 34, len(home))
    age = np.where(is_grandchild, age_of_head - rng.uniform(44, 62, len(home)), age)
    age = np.where(age < 0.1, young, age)
    parent_age = age_of_head + rng.uniform(20, 29, len(home))
    age = np.where(is_parent, np.where(parent_age > 94, 76 + young, parent_age), age)
    spouse_age = age_of_head + rng.uniform(-6, 6, len(home))
    age = np.where(is_spouse, np.where(spouse_age < 22, 22 + young / 2, spouse_age), age)
    age = np.where(seat == 0, age_of_head, age)
    return relation.astype(np.int64), today - (age * YEAR_DAYS).astype(np.int64), male.astype(np.bool_)


def _crowd(count: int, today: int, rng: np.random.Generator) -> tuple[IntArray, BoolArray]:
    """Grown-ups outside the register."""
    return today - (rng.uniform(24, 80, count) * YEAR_DAYS).astype(np.int64), rng.random(count) < 0.55


def _incomes(attr: IntArray, rng: np.random.Generator) -> IntArray:
    """Net income per head in cents: below the line only in 低保 households, some just on the band's ends."""
    count = len(attr)
    free = (500_001 + rng.gamma(2.2, 180_000, count)).astype(np.int64)
    band = rng.choice([EDGE_LOW, EDGE_HIGH, 412_350, 437_600, 488_888, 499_999], count)
    below = rng.integers(260_000, LINE, count)
    draw = rng.random(count)
    npc = np.where(draw < 0.06, band, free)
    npc = np.where((attr == DIBAO) & (draw > 0.5), below, npc)
    return np.asarray(np.minimum(npc, 3_500_000), dtype=np.int64)


def _name_ordinals(village: IntArray) -> IntArray:
    """0, 1, 2 … inside each village, so that no two people of a village share a name."""
    order = np.argsort(village, kind="stable")
    ordered = village[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, len(ordered)])
    if len(lengths) and int(lengths.max()) >= MOST_IN_A_VILLAGE:
        raise ValueError("a village holds more people than there are names")
    ordinal = np.empty(len(village), dtype=np.int64)
    ordinal[order] = np.arange(len(village)) - np.repeat(starts, lengths)
    return ordinal
