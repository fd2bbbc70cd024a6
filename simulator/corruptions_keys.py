"""Households whom a list names by another number, another head, or none.

Data in: the world. Data out: what such a row does to the facts.
Not here: which feed and how often (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator.corruptions_places import rejected
from simulator.effects import BUCKETED, OWNERS, lose
from simulator.kinds import Apply, misspelt, row_of, wrong_check
from simulator.tables import NumberCell
from simulator.world import World


def other_head(feed: str) -> Apply:
    """The head's name is not the register's."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        reg = world.register
        table, rid = world.table(feed), row_of(world, feed, household)
        table.set(rid, head_name=misspelt(reg.people.name(int(reg.households.start[household]))))
        number = reg.households.number(household)
        world.facts.household_finding("R001", f"{feed}.head_name", number, OWNERS[feed])
        if feed in BUCKETED:
            world.facts.household_finding("R006", f"{feed}.name_differs", number, OWNERS[feed])

    return apply


def other_number(feed: str) -> Apply:
    """A household number of nobody: the head's id still finds the household."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        number = world.register.households.number(household)
        world.table(feed).set(row_of(world, feed, household), hh_no="6" + number[1:])
        world.facts.household_finding("R001", f"{feed}.hh_no", number, OWNERS[feed])

    return apply


def number_blank(feed: str) -> Apply:
    """No household number: the head's id still finds the household."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        world.table(feed).set(row_of(world, feed, household), hh_no="")

    return apply


def number_numeric(feed: str) -> Apply:
    """The household number is a number cell: it can be read."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, feed, household)
        world.table(feed).set(rid, hh_no=NumberCell(world.register.households.number(household)))
        world.table(feed).code(rid, "W_NUMERIC_TEXT")

    return apply


def head_id_numeric(feed: str) -> Apply:
    """The head's id is not the row's key here: it is dropped, the household number still links."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        rid, head = row_of(world, feed, household), int(world.register.households.start[household])
        world.table(feed).set(rid, head_id_no=NumberCell(world.register.people.id_no(head)[:17] + "0"))
        world.table(feed).code(rid, "W_VALUE_DROPPED")

    return apply


def no_key(feed: str) -> Apply:
    """Neither household number nor head id."""
    return rejected(feed, "R_KEY_MISSING", hh_no="", head_id_no="")


def unknown_head(feed: str) -> Apply:
    """No household number and a head id that does not check: only name and village speak for the household."""

    def apply(world: World, household: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, household)
        head = int(world.register.households.start[household])
        table.set(rid, hh_no="", head_id_no=wrong_check(world.register.people.id_no(head)))
        table.code(rid, "W_ID_CHECK")
        table.unlink(rid)
        lose(world, feed, household)
        world.facts.record_finding("R006", f"{feed}.id_differs", feed, rid)
        world.facts.doubt(feed, rid, world.register.households.number(household), "head_check")

    return apply
