"""A sample of every class of torture; the whole is ``make torture``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.torture import (
    damage,
    failing,
    hostile,
    isolation,
    kills,
    machine,
    mutations,
    nights,
    races,
    spill,
    system_calls,
)
from tests.torture.classes import CLASSES
from tests.torture.table import Count


def survives(count: Count) -> None:
    assert count.is_good, (dict(count.numbers), count.notes)
    assert count.numbers["tried"] or count.skipped


def test_random_kills_and_kills_during_recovery(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    survives(kills.at_random(tmp_path, random.Random(1), 3))
    survives(kills.while_recovering(tmp_path / "a", random.Random(1), 2))


def test_named_points_with_workbooks_too(tmp_path: Path) -> None:
    survives(kills.at_named_points(tmp_path, random.Random(3), 15, 0, 1))


def test_a_night_is_killed_anywhere(tmp_path: Path) -> None:
    survives(nights.at_random(tmp_path, random.Random(1), 1))


def test_failing_calls_and_full_files(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    count = system_calls.nth_call(tmp_path / "a", random.Random(1), 4, 0, 1)
    assert count.is_good, count.notes
    survives(failing.file_size(tmp_path / "b", random.Random(1), 2))
    survives(spill.limits(tmp_path / "c", random.Random(1), 1))


def test_a_full_disk(tmp_path: Path) -> None:
    count = failing.full_disk(tmp_path, random.Random(1), 4)
    if count.skipped:
        pytest.skip(count.skipped)
    survives(count)


def test_flipped_bits_and_what_can_be_had_again(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    survives(damage.bits(tmp_path, random.Random(1), 9, 0, 1))
    survives(damage.recovery(tmp_path / "a", random.Random(1), 2))


def test_races_and_clock_jumps(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    survives(races.double_runs(tmp_path, random.Random(1), 1))
    survives(races.foreign_holders(tmp_path / "a", random.Random(1), 1))
    survives(failing.clock_jumps(tmp_path / "b", random.Random(1), 1))


def test_changing_files(tmp_path: Path) -> None:
    survives(races.changing_files(tmp_path, random.Random(1), 3))


def test_paths(tmp_path: Path) -> None:
    survives(hostile.paths(tmp_path, random.Random(1), 20))


def test_files_as_somebody_sends_them(tmp_path: Path) -> None:
    for name in ("encodings", "shapes", "workbooks", "old_workbooks", "values", "arrivals"):
        folder = tmp_path / name
        folder.mkdir()
        one = CLASSES[name]
        survives(one.run(folder, random.Random(1), one.sample, 0, 1))


def test_bombs(tmp_path: Path) -> None:
    survives(hostile.bombs(tmp_path, random.Random(1), 10))


def test_child_limits(tmp_path: Path) -> None:
    survives(hostile.child_limits(tmp_path, random.Random(1), 2))


def test_fuzzed_files(tmp_path: Path) -> None:
    for kind in (hostile.fuzz_csv, hostile.fuzz_xlsx, hostile.fuzz_xls):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        survives(kind(folder, random.Random(1), 4))


def test_random_lives_agree_with_the_model(tmp_path: Path) -> None:
    survives(machine.machine(tmp_path, random.Random(1), 2))


def test_departments_are_apart(tmp_path: Path) -> None:
    count = isolation.matrix(tmp_path, random.Random(1), 1)
    if count.skipped:
        pytest.skip(count.skipped)
    survives(count)


def test_the_list_of_key_lines_keeps_up_with_the_code() -> None:
    for broken in mutations.LINES:
        text = (mutations.ROOT / broken.path).read_text(encoding="utf-8")
        assert text.count(broken.line) == 1, broken.promise
