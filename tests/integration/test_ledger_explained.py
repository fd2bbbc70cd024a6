"""What an accepted explanation does to the date (Q04): nothing, unless the policy says that it sets a new one."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from connectors.outbox.issues import LAYOUT
from connectors.warehouse import open_database
from pipeline import policy
from pipeline.ledger import dates, officers
from pipeline.ledger.questions import list_issues
from tests.builders.publications import Office, a_finding
from tests.builders.replies import return_list

pytestmark = pytest.mark.slow
FOUND, ANSWERED, REVIEWED = date(2020, 5, 4), date(2020, 5, 6), date(2020, 5, 20)
DUE = FOUND + timedelta(days=30)
ANSWER = {
    "办理结果": "已说明", "情况说明": "在外地参保", "佐证材料编号": "ZL01", "经办人": "测经办", "审核人": "测审核",
    "回复日期": ANSWERED.isoformat(),
}  # fmt: skip


@pytest.mark.parametrize(
    ("extends", "rule_id", "due"),
    [
        ("none", "R081", DUE),
        ("new_due", "R081", REVIEWED + timedelta(days=30)),
        ("new_due", "R092", FOUND + timedelta(days=60)),  # its own date is later than the new one would be
    ],
)
def test_an_explained_issue_is_overdue_after_its_date_or_the_new_one(
    extends: str, rule_id: str, due: date, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(dates.SEEDS, tmp_path / "seeds")
    with (tmp_path / "seeds" / policy.SEED.name).open("a", encoding="utf-8") as stream:
        stream.write(f"explained_extends,610099,,,{extends},口径,,,sample,试改\n")
    monkeypatch.setattr(dates, "terms", partial(dates.terms, folder=tmp_path / "seeds"))
    office = Office.make(tmp_path / "home")
    finding = a_finding(1, rule_id=rule_id)
    office.night(FOUND, [finding])
    [issue] = [str(row["issue_id"]) for row in list_issues(office.settings)]
    return_list(office.settings.home, "medical", office.workbook("medical"), LAYOUT, {issue: ANSWER})
    [landed] = office.home.ingest(ANSWERED)
    assert landed.status == "accepted"
    office.night(ANSWERED, [finding])
    officers.decide(office.settings, [officers.Asked(issue, officers.Verdict.ACCEPT, "测复核", "材料齐全")], REVIEWED)
    for day, is_overdue in ((due, False), (due + timedelta(days=1), True)):
        office.night(day, [finding])
        con = open_database(office.settings.published / "issues" / "issues.duckdb", read_only=True)
        told = con.execute("select state, due_on, is_overdue, is_open from masked.issues").fetchall()
        con.close()
        assert told == [("verified", due, is_overdue, True)]
