"""Rows with another, an odd or an unknown village; rows unreadable, repeated or forgotten.

Data in: the world. Data out: what such a row does to the facts.
Not here: which feed and how often (corruptions_rows.py).
"""

from __future__ import annotations

import numpy as np

from simulator.effects import OWNERS, lose, not_listed
from simulator.feed_names import DIBAO_FEED, HOUSEHOLD_WATER
from simulator.kinds import Apply, move, next_village, row_of
from simulator.world import World

_AREA_NEEDED = (DIBAO_FEED, HOUSEHOLD_WATER)


def rejected(feed: str, code: str, **cells: str) -> Apply:
    """The row cannot be read for the given cells: the subject is not found in this feed."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        rid = row_of(world, feed, subject)
        world.table(feed).set(rid, **cells)
        world.table(feed).code(rid, code)
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def unknown_village(feed: str) -> Apply:
    """A village nobody knows: fatal where the feed needs the area, dropped elsewhere."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        table.set(rid, village="丁家村")
        if "village_code" in table.columns:
            table.set(rid, village_code="")
        if feed not in _AREA_NEEDED:
            table.code(rid, "W_VALUE_DROPPED")
            return
        table.code(rid, "R_AREA_UNKNOWN")
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def other_village(feed: str, *, of_person: bool) -> Apply:
    """The row names another village than the register's."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        move(world, table, rid, next_village(world, rid, table))
        if of_person:
            world.facts.person_finding("R001", f"{feed}.village", world.register.people.id_no(subject), OWNERS[feed])
        else:
            number = world.register.households.number(subject)
            world.facts.household_finding("R001", f"{feed}.village", number, OWNERS[feed])

    return apply


def village_only(feed: str) -> Apply:
    """The village stands without township and code; its name is unique in the county."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        blank = {name: "" for name in ("township", "village_code") if name in table.columns}
        table.set(rid, **blank)
        table.code(rid, "W_AREA_NAME")

    return apply


def village_suffix(feed: str) -> Apply:
    """The village is written with the words for its committee."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        table.set(rid, village=table.get(rid, "village").removesuffix("村") + "村民委员会")

    return apply


def repeated(feed: str) -> Apply:
    """The row stands twice, word for word."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        table.code(table.copy(rid), "W_DUP_ROW")

    return apply


def repeated_otherwise(feed: str, column: str, word: str) -> Apply:
    """Two rows with one key and different content: both are sent back."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        table, rid = world.table(feed), row_of(world, feed, subject)
        if feed == DIBAO_FEED:
            table.set(rid, covered_count="", hh_amt="")
        twin = table.copy(rid)
        table.set(twin, **{column: word})
        for row in (rid, twin):
            table.code(row, "R_DUP_KEY")
            world.facts.record_finding("R006", f"{feed}.dup_key", feed, row)
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply


def forgotten(feed: str) -> Apply:
    """The department left the row out."""

    def apply(world: World, subject: int, rng: np.random.Generator) -> None:
        del rng
        world.table(feed).drop(row_of(world, feed, subject))
        lose(world, feed, subject)
        not_listed(world, feed, subject)

    return apply
