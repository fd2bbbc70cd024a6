"""People and heads whom a list names by a wrong, odd or missing id or name.

Data in: the world. Data out: what such a row does to the facts.
Not here: which feed and how often (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator import kinds
from simulator.effects import OWNERS, lose, meet_nobody, not_listed
from simulator.feed_names import DIBAO_FEED, MEDICAL
from simulator.ids import SEQUENCES, check_characters, day_number, id_numbers
from simulator.kinds import Apply, Candidates, misspelt, row_of, wrong_check
from simulator.tables import NumberCell
from simulator.world import World

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")

_UNUSED_DAY = day_number("1905-01-01")
"""Nobody in the county is that old, so numbers of those days belong to nobody."""

_SHORT_HEAD, _SHORT_TAIL = 6, 17


def numeric_id(feed: str) -> Apply:
    """The id was typed as a number: its last digits are lost."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, feed, person)
        world.table(feed).set(rid, id_no=NumberCell(world.register.people.id_no(person)[:17] + "0"))
        world.table(feed).code(rid, "R_ID_NUMERIC")
        lose(world, feed, person)
        not_listed(world, feed, person)

    return apply


def masked_id(feed: str) -> Apply:
    """The id is masked."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, id_no = row_of(world, feed, person), world.register.people.id_no(person)
        world.table(feed).set(rid, id_no=f"{id_no[:10]}****{id_no[14:]}")
        world.table(feed).code(rid, "R_ID_MASKED")
        lose(world, feed, person)
        not_listed(world, feed, person)

    return apply


def wrong_id(feed: str) -> Apply:
    """A check digit that does not fit: the row stays, but only name and village speak for the person."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, person)
        bad = wrong_check(world.register.people.id_no(person))
        table.set(rid, id_no=bad)
        if "student_no" in table.columns and table.get(rid, "student_no"):
            table.set(rid, student_no=f"G{bad}")
        table.code(rid, "W_ID_CHECK")
        table.unlink(rid)
        lose(world, feed, person)
        if feed == DIBAO_FEED:
            meet_nobody(world, person, rid)
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)
        world.facts.doubt(feed, rid, world.register.people.id_no(person), "check")

    return apply


def other_id(feed: str, code: str | None, division: str) -> Apply:
    """A number that is right in itself but is not this person's: only name and village speak for the person."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, person)
        (unused,) = id_numbers(
            np.array([_UNUSED_DAY + person // SEQUENCES]), np.array([person % SEQUENCES])
        ).to_pylist()
        body = int(division + unused[len(division) : _SHORT_TAIL])
        id_no = f"{body}{check_characters(np.array([body]))[0].as_py()}"
        table.set(rid, id_no=id_no)
        if "student_no" in table.columns and table.get(rid, "student_no"):
            table.set(rid, student_no=f"G{id_no}")
        if code:
            table.code(rid, code)
        table.unlink(rid)
        lose(world, feed, person)
        if feed == DIBAO_FEED:
            meet_nobody(world, person, rid)
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)
        world.facts.doubt(feed, rid, world.register.people.id_no(person), "other")
        if feed == MEDICAL and table.get(rid, "ins_state") == "代缴":
            world.facts.record_finding("R087", "not_in_register", feed, rid)

    return apply


def id_form(feed: str, code: str, form: str) -> Apply:
    """The id is written oddly but can be read: nothing follows but the warning."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        id_no = world.register.people.id_no(person)
        forms = {
            "full_width": id_no.translate(_FULL_WIDTH),
            "spaced": f" {id_no[:6]} {id_no[6:14]} {id_no[14:]}",
            "lower": id_no.lower(),
            "short": id_no[:_SHORT_HEAD] + id_no[_SHORT_HEAD + 2 : _SHORT_TAIL],
            "certificate": id_no + "42",
            "guarded": f"'{id_no}",
        }
        rid = row_of(world, feed, person)
        world.table(feed).set(rid, id_no=forms[form])
        world.table(feed).code(rid, code)

    return apply


def with_x(candidates: Candidates) -> Candidates:
    """Those of the candidates whose id ends in X."""
    return lambda world: np.array(
        [p for p in candidates(world)[:20_000] if world.register.people.id_no(int(p)).endswith("X")], dtype=np.int64
    )


def born_before_2000(candidates: Candidates) -> Candidates:
    """Those of the candidates who could hold a 15-digit number."""

    def old(world: World) -> kinds.IntArray:
        people = candidates(world)
        return np.asarray(people[world.register.people.birth[people] < 10_957])  # noqa: PLR2004 -- 1 January 2000

    return old


def name_spaced(feed: str) -> Apply:
    """The name is written oddly but can be read."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        rid, name = row_of(world, feed, person), world.register.people.name(person)
        odd = name.replace("·", ".") if "·" in name else f"{name[0]} {name[1:]}"
        if rng.random() < 0.3:  # noqa: PLR2004 -- a share, not a rule
            odd = f"{name}（户主）"
        world.table(feed).set(rid, name=odd)
        world.table(feed).code(rid, "W_NAME_CLEANED")

    return apply


def other_name(feed: str) -> Apply:
    """The name is not the register's."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        people = world.register.people
        world.table(feed).set(row_of(world, feed, person), name=misspelt(people.name(person)))
        world.facts.person_finding("R001", f"{feed}.name", people.id_no(person), OWNERS[feed])
        world.facts.person_finding("R006", f"{feed}.name_differs", people.id_no(person), OWNERS[feed])

    return apply


def rare_name(feed: str) -> Apply:
    """A character that no font holds: the name no longer agrees with the register."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        people, rid = world.register.people, row_of(world, feed, person)
        world.table(feed).set(rid, name=people.name(person)[:-1] + "□")
        world.table(feed).code(rid, "W_NAME_RARE")
        world.facts.person_finding("R001", f"{feed}.name", people.id_no(person), OWNERS[feed])
        world.facts.person_finding("R006", f"{feed}.name_differs", people.id_no(person), OWNERS[feed])

    return apply
