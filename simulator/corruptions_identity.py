"""People whom a list names by a damaged id, alone or together with another form of the name.

Data in: the world, the damages. Data out: kinds with their whole consequence and, for every row that stays without a
person, whose it truly is.
Not here: how a text is damaged (damage.py), other forms of the name beside a right id (corruptions_identity_names.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from simulator import damage, kinds
from simulator.corruptions_ids import born_before_2000
from simulator.corruptions_places import rejected
from simulator.damage import Damage
from simulator.effects import lose, meet_nobody, not_listed
from simulator.feed_names import DIBAO_FEED, EDUCATION, MEDICAL
from simulator.kinds import Apply, Candidates, Kind, family, row_of, wrong_check
from simulator.tables import FeedTable
from simulator.world import World

PERSON_FEEDS = (MEDICAL, EDUCATION, DIBAO_FEED)
_SHORT_BODY = slice(8, 17)
_FIRST_OF_2000 = 10_957
_LOOKED_AT = 20_000
"""Candidates whose names are read one by one; more are not needed."""

Rename = Callable[[str], str | None]


def short_name(feed: str) -> str:
    """How kinds of a feed are called."""
    return "dibao" if feed == DIBAO_FEED else feed.split("/")[0]


def unused(table: FeedTable, column: str, texts: Iterable[str], right: str) -> str:
    """The first text that is no right number and that no row of the list bears already."""
    taken = set(table.cells.get(column, {}).values())
    fitting = (text for text in texts if text != right and text not in taken and not damage.is_right(text))
    return next(fitting, wrong_check(right))


def kin_of(world: World, person: int) -> list[str]:
    """Ids of the others of the household."""
    reg = world.register
    members = reg.households.members(int(reg.household_of[person]))
    return [reg.people.id_no(member) for member in members if member != person]


def doubted(world: World, feed: str, person: int, kind: str, *, is_named: bool) -> None:
    """The row stays without its person: name and village speak for the person, or not even they."""
    rid, table = row_of(world, feed, person), world.table(feed)
    table.unlink(rid)
    lose(world, feed, person)
    if feed == DIBAO_FEED:
        meet_nobody(world, person, rid)
    if is_named:
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)
    else:
        not_listed(world, feed, person)
        world.facts.record_finding("R006", f"{feed}.labelled_jd", feed, rid)
    world.facts.doubt(feed, rid, world.register.people.id_no(person), kind)


def damaged_id(feed: str, kind: str, spoil: Damage, rename: Rename | None = None, *, is_named: bool = True) -> Apply:
    """The id was damaged; ``rename`` also writes the name otherwise, which may leave it the same for comparison."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        rid, table = row_of(world, feed, person), world.table(feed)
        id_no = world.register.people.id_no(person)
        write_id(table, rid, unused(table, "id_no", spoil(id_no, kin_of(world, person), rng), id_no))
        table.code(rid, "W_ID_CHECK")
        if rename is not None:
            name = world.register.people.name(person)
            written = rename(name)
            table.set(rid, name=written or name)
            if written and set(written) & set("(（【"):
                table.code(rid, "W_NAME_CLEANED")
        doubted(world, feed, person, kind, is_named=is_named)

    return apply


def write_id(table: FeedTable, rid: int, id_no: str) -> None:
    """Write the id; the student number, which repeats it, is left blank."""
    table.set(rid, id_no=id_no)
    if "student_no" in table.columns:
        table.set(rid, student_no="")


def short_of_the_young(feed: str) -> Apply:
    """The 15-digit form of somebody born after 1999 reads as the right number of somebody born a century before."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, table = row_of(world, feed, person), world.table(feed)
        id_no = world.register.people.id_no(person)
        write_id(table, rid, id_no[:6] + id_no[_SHORT_BODY])
        is_leap_day = id_no[6:14] == "20000229"
        table.code(rid, "W_ID_CHECK" if is_leap_day else "W_ID_15")
        doubted(world, feed, person, "short_young", is_named=True)
        if feed == MEDICAL and table.get(rid, "ins_state") == "代缴" and not is_leap_day:
            world.facts.record_finding("R087", "not_in_register", feed, rid)

    return apply


def filled_in(feed: str) -> Apply:
    """Noughts were typed to fill the cell: nobody's number."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, table = row_of(world, feed, person), world.table(feed)
        noughts = ("0" * length for length in range(1, 18))
        write_id(table, rid, unused(table, "id_no", noughts, world.register.people.id_no(person)))
        table.code(rid, "W_ID_CHECK")
        doubted(world, feed, person, "placeholder", is_named=True)

    return apply


def clerks_id(feed: str) -> Apply:
    """The clerk typed one and the same right number over many rows; it belongs to somebody outside the register."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, table, people = row_of(world, feed, person), world.table(feed), world.register.people
        write_id(table, rid, people.id_no(people.register))
        doubted(world, feed, person, "clerk", is_named=True)

    return apply


def second_id(feed: str) -> Apply:
    """The person stands twice in the list, once under the old number: nobody's any more, but right in itself."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, table = row_of(world, feed, person), world.table(feed)
        id_no = world.register.people.id_no(person)
        twin = table.copy(rid, link=-1)
        taken = set(table.cells.get("id_no", {}).values())
        write_id(table, twin, next(number for number in damage.former(id_no) if number not in taken))
        world.facts.record_finding("R006", f"{feed}.labelled_jd", feed, twin)
        if feed == MEDICAL and table.get(twin, "ins_state") == "代缴":
            world.facts.record_finding("R087", "not_in_register", feed, twin)

    return apply


def bearing(candidates: Candidates, rename: Rename) -> Candidates:
    """Those of the candidates whose name has the wanted other form."""

    def fitting(world: World) -> kinds.IntArray:
        people = world.register.people
        return np.array([p for p in candidates(world)[:_LOOKED_AT] if rename(people.name(int(p)))], dtype=np.int64)

    return fitting


def with_kin(candidates: Candidates) -> Candidates:
    """Those of the candidates who do not live alone."""

    def fitting(world: World) -> kinds.IntArray:
        people, reg = candidates(world), world.register
        return np.asarray(people[reg.households.size[reg.household_of[people]] > 1])

    return fitting


def born_after_1999(candidates: Candidates) -> Candidates:
    """Those of the candidates who never had a 15-digit number."""

    def young(world: World) -> kinds.IntArray:
        people = candidates(world)
        return np.asarray(people[world.register.people.birth[people] >= _FIRST_OF_2000])

    return young


def _marked(name: str) -> str:
    return name + damage.MARKS[ord(name[-1]) % len(damage.MARKS)]


_BOTH: tuple[tuple[str, str, Rename, bool], ...] = (
    ("digit", "homophone", damage.homophone, False),
    ("zeros", "homophone", damage.homophone, False),
    ("swapped", "look_alike", damage.look_alike, False),
    ("digit", "traditional", damage.traditional, True),
    ("rounded", "marked", _marked, True),
)
"""Id damage, name form, and whether the name is still the same for comparison."""


def _of_feed(feed: str) -> list[Kind]:
    who, short = kinds.listed_in(feed), short_name(feed)
    limited = {"kin_birth": with_kin(who), "short_misread": born_before_2000(who)}
    found = [
        family(feed, "person", limited.get(name, who))(
            f"{short}_damaged_{name}", damaged_id(feed, name, spoil), "W_ID_CHECK; R006 id_differs"
        )
        for name, spoil in damage.DAMAGES.items()
        if (feed, name) != (EDUCATION, "short_misread")
    ]
    for name, form, rename, is_named in _BOTH:
        apply = damaged_id(feed, f"{name}+{form}", damage.DAMAGES[name], rename, is_named=is_named)
        said = "id_differs" if is_named else "labelled_jd and missing"
        found.append(
            family(feed, "person", bearing(who, rename))(f"{short}_damaged_{name}_{form}", apply, f"R006 {said}")
        )
    make = family(feed, "person", who)
    blank = rejected(feed, "R_REQUIRED_BLANK", id_no=str(PERSON_FEEDS.index(feed)) * 18)
    found += [
        make(f"{short}_id_noughts", filled_in(feed), "W_ID_CHECK; R006 id_differs"),
        make(f"{short}_id_placeholder", blank, "R_REQUIRED_BLANK; not found", rejects=1),
    ]
    if feed != DIBAO_FEED:
        found.append(make(f"{short}_second_id", second_id(feed), "R006 labelled_jd; a cluster of two ids"))
    young = family(feed, "person", born_after_1999(who))
    return [*found, young(f"{short}_short_young", short_of_the_young(feed), "W_ID_15; R006 id_differs")]


IDENTITY_ID_KINDS: tuple[Kind, ...] = (
    *(kind for feed in PERSON_FEEDS for kind in _of_feed(feed)),
    family(DIBAO_FEED, "person", kinds.single_cases)("dibao_clerks_id", clerks_id(DIBAO_FEED), "R006 id_differs"),
)
