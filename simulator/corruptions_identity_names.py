"""Other forms of a name beside a right id: what is the same for comparison, what is only near, what is rare.

Data in: the world, the forms of names. Data out: kinds with their whole consequence.
Not here: forms of the name beside a damaged id (corruptions_identity.py).
"""

from __future__ import annotations

import numpy as np

from simulator import damage, kinds
from simulator.corruptions_identity import PERSON_FEEDS, Rename, bearing, short_name
from simulator.effects import OWNERS
from simulator.feed_names import DIBAO_FEED, EDUCATION, MEDICAL, PERSONS
from simulator.kinds import Apply, Kind, family, row_of
from simulator.world import World


def _written(feed: str, rename: Rename, code: str | None) -> Apply:
    """The same name in another form: a sound id links, and no difference of names is told."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        rid, name = row_of(world, feed, person), world.register.people.name(person)
        world.table(feed).set(rid, name=rename(name) or name)
        if code:
            world.table(feed).code(rid, code)

    return apply


def _near(feed: str, rename: Rename) -> Apply:
    """Another name, however near: the id links, and the difference is told."""

    def apply(world: World, person: int, rng: np.random.Generator) -> None:
        del rng
        people = world.register.people
        name = people.name(person)
        world.table(feed).set(row_of(world, feed, person), name=rename(name) or name)
        for rule, detail in (("R001", "name"), ("R006", "name_differs")):
            world.facts.person_finding(rule, f"{feed}.{detail}", people.id_no(person), OWNERS[feed])

    return apply


def _rare_everywhere(world: World, person: int, rng: np.random.Generator) -> None:
    """The name has a four-byte character in the register and in the list: it survives, and nothing differs."""
    del rng
    name = damage.rare(world.register.people.name(person))
    world.table(PERSONS).set(person, name=name)
    world.table(MEDICAL).set(person, name=name)


def _rare_in_register(world: World, person: int, rng: np.random.Generator) -> None:
    """The register has the four-byte character, the list a common one."""
    del rng
    people = world.register.people
    world.table(PERSONS).set(person, name=damage.rare(people.name(person)))
    for rule, detail in (("R001", "name"), ("R006", "name_differs")):
        world.facts.person_finding(rule, f"{MEDICAL}.{detail}", people.id_no(person), "medical")


def _dotted(dot: str) -> Rename:
    return lambda name: name.replace("·", dot) if "·" in name else None


def _marked(mark: str) -> Rename:
    return lambda name: name + mark


def _titled(name: str) -> str | None:
    """A title behind a name of at least two characters."""
    return name + damage.TITLES[ord(name[-1]) % len(damage.TITLES)]


def _spaced(name: str) -> str:
    """A full-width space inside, as in a printed form."""
    return f"{name[0]}\u3000{name[1:]}"


_CLEANED = "W_NAME_CLEANED"
_FORMS: tuple[tuple[str, str, Rename, str | None], ...] = (
    (MEDICAL, "traditional", damage.traditional, None),
    (MEDICAL, "titled", _titled, None),
    (MEDICAL, "spaced_wide", _spaced, _CLEANED),
    *((MEDICAL, f"marked_{turn}", _marked(mark), _CLEANED) for turn, mark in enumerate(damage.MARKS)),
    *((MEDICAL, f"dotted_{turn}", _dotted(dot), _CLEANED) for turn, dot in enumerate(damage.DOTS)),
    (EDUCATION, "traditional", damage.traditional, None),
    (DIBAO_FEED, "titled", _titled, None),
)
"""Feed, form, how it is written, the code of the row."""
_NEAR: tuple[tuple[str, str, Rename], ...] = (
    *((feed, "homophone", damage.homophone) for feed in PERSON_FEEDS),
    *((feed, "look_alike", damage.look_alike) for feed in (MEDICAL, DIBAO_FEED)),
)


def _kind(feed: str, form: str, rename: Rename, apply: Apply, said: str) -> Kind:
    make = family(feed, "person", bearing(kinds.listed_in(feed), rename))
    return make(f"{short_name(feed)}_name_{form}", apply, said)


_mover = family(MEDICAL, "person", kinds.movable)

IDENTITY_NAME_KINDS: tuple[Kind, ...] = (
    *(
        _kind(feed, form, rename, _written(feed, rename, code), code or "nothing")
        for feed, form, rename, code in _FORMS
    ),
    *(_kind(feed, form, rename, _near(feed, rename), "R001 name, R006 name_differs") for feed, form, rename in _NEAR),
    _mover("name_rare_everywhere", _rare_everywhere, "nothing: the character survives"),
    _mover("name_rare_in_register", _rare_in_register, "R001 name, R006 name_differs"),
)
