"""Readings of the documents that the ledger takes from policy values."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

from pipeline import policy
from pipeline.ledger.dates import SEEDS, terms

if TYPE_CHECKING:
    from pathlib import Path

_DAY = date(2020, 6, 30)


def test_an_explanation_extends_no_due_date_unless_policy_says_so(tmp_path: Path) -> None:
    assert terms("610099", _DAY).new_due_days is None
    shutil.copytree(SEEDS, tmp_path / "seeds")
    seed = tmp_path / "seeds" / policy.SEED.name
    with seed.open("a", encoding="utf-8") as stream:
        stream.write("explained_extends,610099,,,new_due,口径,,,sample,试改\n")
    assert terms("610099", _DAY, tmp_path / "seeds").new_due_days == 30
    assert terms("610098", _DAY, tmp_path / "seeds").new_due_days is None
