"""Readings of the documents that the ledger takes from policy values."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline import policy
from pipeline.ledger.dates import SEEDS, terms

if TYPE_CHECKING:
    from pathlib import Path

_DAY = date(2020, 6, 30)


def _seeds_with(folder: Path, row: str) -> Path:
    """The seeds with one more policy value."""
    shutil.copytree(SEEDS, folder / "seeds")
    with (folder / "seeds" / policy.SEED.name).open("a", encoding="utf-8") as stream:
        stream.write(f"{row}\n")
    return folder / "seeds"


@pytest.mark.parametrize(
    ("found_on", "days", "due"),
    [
        ("2019-09-27", 1, "2019-09-29"),  # a Sunday on which is worked before 国庆
        ("2019-09-27", 3, "2019-10-08"),  # past the seven days
        ("2019-09-27", 8, "2019-10-14"),  # Saturday 10-12 is worked, Sunday is not
        ("2020-01-17", 6, "2020-02-03"),  # 春节, made longer to 2-2
        ("2020-09-25", 6, "2020-10-10"),  # 国庆 and 中秋, 10-10 is worked
        ("2021-02-05", 6, "2021-02-19"),  # 2-7 is worked, 春节 to 2-17
    ],
)
def test_working_days_know_the_holidays_and_the_weekends_that_are_worked(
    found_on: str, days: int, due: str, tmp_path: Path
) -> None:
    day = date.fromisoformat(found_on)
    assert terms("610099", day).after(day, days) == day + timedelta(days=days)
    seeds = _seeds_with(tmp_path, "issue_day_kind,610099,,,working,日,,,sample,试改")
    assert terms("610099", day, seeds).after(day, days) == date.fromisoformat(due)


def test_an_explanation_extends_no_due_date_unless_policy_says_so(tmp_path: Path) -> None:
    assert terms("610099", _DAY).new_due_days is None
    _seeds_with(tmp_path, "explained_extends,610099,,,new_due,口径,,,sample,试改")
    assert terms("610099", _DAY, tmp_path / "seeds").new_due_days == 30
    assert terms("610098", _DAY, tmp_path / "seeds").new_due_days is None
