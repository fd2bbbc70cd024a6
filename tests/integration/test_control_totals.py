"""The numbers that the documents state come out of the counties calibrated to them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline import settings as home
from pipeline.night.reconcile import reconcile
from pipeline.publication import reports
from pipeline.receiving import ingest
from simulator import simulate

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("profile", "day", "expected"),
    [
        ("xiangyin-2020", date(2020, 3, 7), {"not_out_2531": 2531, "exited_villages_28": 28}),
        ("bairi-2018", date(2018, 6, 30), {"unpaid_1020": 1020, "retrofits_747": 747}),
    ],
)
def test_a_calibrated_county_reproduces_its_document(
    tmp_path: Path, profile: str, day: date, expected: dict[str, int]
) -> None:
    simulate(tmp_path, seed=1, households=1, as_of=day, corrupt=0.0, profile=profile)
    settings = home.load(tmp_path)
    ingest.ingest_waiting(settings, received_on=day)
    assert reconcile(settings, day).outcome == "published"
    totals = {
        row["total_id"]: row
        for row in reports.query_published(settings, None, "select * from masked.control_totals_check")
    }
    for total, value in expected.items():
        assert (totals[total]["computed"], totals[total]["state"]) == (value, "reproduced"), total
    others = {total: row for total, row in totals.items() if total not in expected}
    assert {row["state"] for row in others.values()} == {"not_applicable"}
    assert all(row["explanation"] for row in others.values())
