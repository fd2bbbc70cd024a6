"""Two whole nights with the real dbt: what a department mends and answers in the evening stands in the morning."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.outbox.issues import COLUMNS, FIRST_ROW, SHEET

pytestmark = [pytest.mark.slow]
HEADERS = [column.header for column in COLUMNS]
ANSWER = {
    "办理结果": "已更正", "更正后的值": "已办", "更正日期": "2020-06-30", "经办人": "测经办", "审核人": "测审核",
    "回复日期": "2020-06-30",
}  # fmt: skip


def onetable(home: Path, *words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words, "--json"],
        env={**os.environ, "ONETABLE_HOME": str(home)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout)


def answer(home: Path, sector: str, issue_id: str) -> None:
    """Fill one line of the pushed workbook and drop it back."""
    [path] = (home / "outbox" / sector).glob("*问题清单.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    place = HEADERS.index("问题编号")
    [row] = [cells[0].row for cells in sheet.iter_rows(min_row=FIRST_ROW + 1) if cells[place].value == issue_id]
    for header, text in ANSWER.items():
        sheet.cell(row, HEADERS.index(header) + 1).value = text
    folder = home / "ingest" / sector / "replies"
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / f"{path.stem}_回复.xlsx")


def mended(roster: bytes, row_no: int) -> bytes:
    """The roster with one person paid in."""
    lines = list(csv.reader(io.StringIO(roster.decode("gb18030"))))
    lines[row_no - 1][lines[0].index("参保状态")] = "代缴"
    lines[row_no - 1][lines[0].index("缴费时间")] = "2020-06-20"
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode("gb18030")


def sent_again(path: Path) -> None:
    """The same list in other bytes."""
    book = openpyxl.load_workbook(path)
    book.properties.title = "再次报送"
    book.save(path)


def test_an_evenings_answer_is_in_the_mornings_publication(tmp_path: Path) -> None:
    home = tmp_path / "home"
    onetable(home, "simulate", "--seed", "7", "--households", "120", "--corrupt", "0.3", "--out", str(home))
    [roster] = (home / "ingest" / "medical" / "enrolments").iterdir()
    [houses] = (home / "ingest" / "housing" / "appraisals").iterdir()
    kept = {roster: roster.read_bytes(), houses: houses.read_bytes()}
    onetable(home, "ingest", "--no-gate")
    first = onetable(home, "reconcile")
    issues = onetable(home, "issues")
    mismatches = onetable(home, "mismatches", "--rows")
    assert len(issues) == len(mismatches)
    assert {issue["state"] for issue in issues} == {"pushed"}
    true, false = (
        next(one for one in issues if (one["rule_id"], one["verdict"]) == (rule, "fail")) for rule in ("R081", "R107")
    )
    answer(home, "medical", true["issue_id"])
    answer(home, "housing", false["issue_id"])
    landed = onetable(home, "ingest", "--no-gate", "--received-on", "2020-07-01")
    assert [(one["feed"], one["status"]) for one in landed] == [
        ("medical/replies", "accepted"), ("housing/replies", "accepted"),
    ]  # fmt: skip
    roster.write_bytes(mended(kept[roster], int(true["evidence"].rpartition("!")[2])))
    houses.write_bytes(kept[houses])
    sent_again(houses)
    onetable(home, "ingest", "--no-gate", "--received-on", "2020-07-01")
    assert onetable(home, "reconcile", "--as-of", "2020-07-01")["outcome"] == "published"
    told = onetable(home, "issue", true["issue_id"])
    assert (told["issue"]["state"], told["issue"]["cleared_on"]) == ("cleared", "2020-07-01")
    assert [event["kind"] for event in told["events"]][-2:] == ["replied", "cleared"]
    assert told["events"][-1]["source_sha256"]
    back = onetable(home, "issue", false["issue_id"])
    assert (back["issue"]["state"], back["issue"]["is_overdue"]) == ("pushed", True)
    assert "returned" in {event["kind"] for event in back["events"]}
    assert first["export_sha256"]
    assert onetable(home, "fsck") == []
