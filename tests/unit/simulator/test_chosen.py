"""Faults that are chosen: they befall whom they name, change their department's list only, and the truth knows them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from simulator.chosen import Fault, choose_faults
from simulator.scenario import simulate
from simulator.world import World, make_world

SEED, HOUSEHOLDS, AS_OF = 7, 60, date(2020, 7, 2)


@pytest.fixture(scope="module")
def world() -> World:
    """The county as nothing has befallen it."""
    return make_world(seed=SEED, households=HOUSEHOLDS, as_of=AS_OF, scale=None)


def _county(folder: Path, faults: tuple[Fault, ...]) -> tuple[dict[str, str], set[tuple[str, ...]]]:
    """Hash of each list, and the true findings."""
    simulate(folder, seed=SEED, households=HOUSEHOLDS, as_of=AS_OF, corrupt=0, faults=faults)
    tables = []
    for name in ("files", "mismatches"):
        with (folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            tables.append(list(csv.DictReader(stream)))
    files, found = tables
    return {row["file"]: row["sha256"] for row in files}, {
        (row["rule_id"], row["detail"], row["subject"], row["owner"]) for row in found
    }


def test_a_chosen_fault_is_in_its_list_and_in_the_truth_and_nowhere_else(world: World, tmp_path: Path) -> None:
    [unpaid] = choose_faults(world, ["unpaid"], SEED)
    person = world.register.people.id_no(unpaid.subject)
    clean, sound = _county(tmp_path / "clean", ())
    files, found = _county(tmp_path / "faulty", (unpaid,))
    changed = {name.partition("/")[0] for name in files if files[name] != clean[name]}
    assert changed == {"medical"}
    assert ("R081", "", person, "medical") in found - sound
    assert sound <= found


def test_each_fault_has_a_household_of_its_own(world: World) -> None:
    people = [fault.subject for fault in choose_faults(world, ["unpaid"] * 20, SEED)]
    homes = {int(world.register.household_of[person]) for person in people}
    assert len(homes) == len(people) == 20


def test_a_county_that_is_too_small_says_so(world: World) -> None:
    with pytest.raises(ValueError, match="nobody is left for drop"):
        choose_faults(world, ["drop"] * HOUSEHOLDS, SEED)
