"""The standing service through an evening: a reply and an officer's word are in the next publication of the ledger.

It comes after the other tests of the service and lets the simulated day go on to the one after their last.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from connectors.outbox.issues import LAYOUT
from tests.builders.replies import return_list
from tests.builders.standing_home import SECOND_FILE_SECONDS, Standing, onetable

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TOMORROW = "2020-07-02"
ANSWER = {
    "办理结果": "已说明", "情况说明": "已入户核实", "佐证材料编号": "ZL01", "经办人": "测经办", "审核人": "测审核",
    "回复日期": TOMORROW,
}  # fmt: skip


def _issues(home: Path) -> dict[str, dict[str, str]]:
    """The ledger's publication, by issue."""
    path = home / "published" / "issues" / "export" / "issues.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["issue_id"]: row for row in csv.DictReader(stream)}


def test_what_is_answered_and_decided_in_the_evening_stands_in_the_morning(first_night: Standing) -> None:
    home = first_night.home
    county = home / "county.toml"
    county.write_text(re.sub(r"\d{4}-\d\d-\d\d", TOMORROW, county.read_text(encoding="utf-8")), encoding="utf-8")
    issue, sector = next((name, row["owner"]) for name, row in _issues(home).items() if row["state"] == "pushed")
    [book] = (home / "outbox" / sector).glob("*问题清单.xlsx")
    return_list(home, sector, book, LAYOUT, {issue: ANSWER})

    first_night.wait_until(
        "the answer is published", lambda: _issues(home)[issue]["state"] == "replied", SECOND_FILE_SECONDS
    )
    assert _issues(home)[issue]["replied_on"] == TOMORROW

    onetable(home, "sign", issue, "accept", "--by", "测复核", "--reason", "材料齐全")
    first_night.wait_until(
        "the officer's word is published", lambda: _issues(home)[issue]["state"] == "verified", SECOND_FILE_SECONDS
    )
