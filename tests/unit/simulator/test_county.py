"""What a simulated county looks like to somebody who opens its files."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from stdnum.cn import ric

from simulator import simulate
from simulator.ids import day_number, id_numbers, reserved_sequences
from simulator.world import make_world
from tests.unit.simulator.conftest import County

_FEEDS = 22
_TRUTHS = {"cards", "cliff", "files", "indicators", "intake", "links", "lists", "mismatches", "proposals"}


def _world(seed: int = 1, households: int = 400):
    return make_world(seed=seed, households=households, as_of=date(2020, 6, 30), scale=None)


def _check_character(id_no: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, id_no[:17], strict=True)) % 11]


def test_every_id_has_the_unassigned_division_and_a_right_check_character() -> None:
    world = _world()
    ids = [*world.register.people.ids.to_pylist(), *world.residents.crowd(np.arange(500)).ids.to_pylist()]
    assert all(i.startswith("610099") for i in ids)
    assert all(ric.calc_check_digit(i) == i[-1] == _check_character(i) for i in ids)
    assert all(date(int(i[6:10]), int(i[10:12]), int(i[12:14])) <= date(2020, 6, 30) for i in ids)


def test_the_published_example_of_the_standard_is_reproduced() -> None:
    (made,) = id_numbers(np.array([day_number("1965-03-12")]), np.array([11])).to_pylist()
    assert made == "610099196503120112"


def test_no_two_people_share_an_id_and_only_twins_a_name_in_one_village() -> None:
    world = _world()
    everybody = world.residents.crowd(np.arange(world.residents.count))
    people = world.register.people
    ids = [*people.ids.to_pylist(), *everybody.ids.to_pylist()]
    homes = [*zip(people.village, people.names.to_pylist(), strict=True)]
    homes += zip(everybody.village, everybody.names.to_pylist(), strict=True)
    assert len(set(ids)) == len(ids)
    shared = Counter(homes)
    assert set(shared.values()) == {1, 2}
    for (village, name), _ in (entry for entry in shared.items() if entry[1] > 1):
        one, other = (p for p, home in enumerate(homes[: people.register]) if home == (village, name))
        assert people.birth[one] == people.birth[other]
        assert world.register.household_of[one] == world.register.household_of[other]


def test_some_sons_are_called_like_their_fathers_but_for_one_character() -> None:
    reg = _world(households=1000).register
    names = reg.people.names.to_pylist()
    sons = [p for p in range(reg.people.register) if reg.relation[p] == 2]
    heads = [int(reg.households.start[reg.household_of[son]]) for son in sons]
    alike = [n for n, h in zip(sons, heads, strict=True) if names[n] != names[h] and names[n][:2] == names[h][:2]]
    assert len(alike) > 0.1 * len(sons)


def test_sequence_numbers_run_out_loudly() -> None:
    crowd = np.zeros(400, dtype=np.int64)
    with pytest.raises(ValueError, match="share a birth day"):
        reserved_sequences(crowd, crowd.astype(bool))


def test_every_household_has_one_head_who_stands_first() -> None:
    reg = _world().register
    heads = np.bincount(reg.household_of[reg.relation == 0], minlength=reg.households.count)
    assert (heads == 1).all()
    assert (reg.relation[reg.households.start[:-1]] == 0).all()
    assert set(reg.households.size) <= set(range(1, 9))


def test_parents_are_older_than_the_head_and_children_younger() -> None:
    reg = _world(households=2000).register
    age = (reg.today - reg.people.birth[: reg.people.register]) / 365
    head_age = age[reg.households.start[:-1]][reg.household_of]
    parents, children = np.isin(reg.relation, (6, 7)), np.isin(reg.relation, (2, 3))
    assert (age[parents] > head_age[parents]).all()
    assert (age[children] < head_age[children]).all()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    def digest(folder: Path) -> dict[str, str]:
        simulate(folder, seed=5, households=120, as_of=date(2020, 6, 30), corrupt=0.3)
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    first, second = digest(tmp_path / "a"), digest(tmp_path / "b")
    assert first == second
    assert {Path(name).stem for name in first if name.startswith("truth/")} == _TRUTHS
    assert len(first) == _FEEDS + len(_TRUTHS) + 1


def test_another_seed_gives_another_county(tmp_path: Path, clean_county: County) -> None:
    simulate(tmp_path, seed=2, households=300, as_of=date(2020, 6, 30), corrupt=0)
    other = (tmp_path / "truth" / "files.csv").read_text(encoding="utf-8")
    assert other != (clean_county.folder / "truth" / "files.csv").read_text(encoding="utf-8")


def test_no_unfinished_file_is_left_behind(corrupted_county: County) -> None:
    assert not list(corrupted_county.folder.rglob("*.part"))


def test_the_insurance_list_is_a_database_export_in_gb18030(clean_county: County) -> None:
    with clean_county.file("medical/enrolments").open(encoding="gb18030", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == clean_county.report.files[f"medical/enrolments/{clean_county.file('medical/enrolments').name}"]
    assert {"身份证号", "参保状态", "缴费时间"} <= set(rows[0])


def test_the_register_is_a_titled_workbook_with_a_sheet_a_township_and_footers(clean_county: County) -> None:
    book = openpyxl.load_workbook(clean_county.file("registry/households"))
    assert len(book.sheetnames) > 1
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert "户信息" in str(rows[0][0])
    assert str(rows[1][0]).startswith("填报单位：")
    assert rows[2][0] == "序号"
    assert rows[-2][0] == "合计"
    assert str(rows[-1][0]).startswith("填表人：")
    members = rows[2].index("人数")
    assert rows[-2][members] == sum(int(row[members]) for row in rows[3:-2])


def test_a_county_of_five_thousand_households_is_large_enough() -> None:
    world = _world(households=5000)
    roster = world.sent["medical/enrolments"]
    assert world.register.people.register >= 15_000
    assert roster.table.rows + roster.general_rows >= 100_000


def test_a_share_outside_nought_to_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="share of the households"):
        simulate(tmp_path, seed=1, households=10, as_of=date(2020, 6, 30), corrupt=2)
