"""What an officer says about the ledger on the command line: names that are checked, words that are kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline import records
from pipeline.cli import app
from pipeline.ledger import officers
from pipeline.ledger.questions import history, list_issues
from tests.builders.publications import Office, a_finding
from tests.integration.landing_home import Home

FOUND = date(2020, 5, 4)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One issue, found in one night."""
    office = Office.make(tmp_path / "home")
    office.night(FOUND, [a_finding(1)])
    return office


def said(home: Home, *words: str) -> Result:
    """One command on this home."""
    return CliRunner().invoke(app, words, env={"ONETABLE_HOME": str(home.settings.home)})


@pytest.mark.parametrize(
    ("name", "officer", "why"), [("", "测复核", "基线名称"), ("2020-05", " ", "经办人"), (" ", "测复核", "基线名称")]
)
def test_a_baseline_has_a_name_and_an_officer(office: Office, name: str, officer: str, why: str) -> None:
    with pytest.raises(officers.OfficerError, match=why):
        officers.freeze_baseline(office.settings, name, FOUND, officer)


def test_a_baseline_is_frozen_once(office: Office) -> None:
    assert said(office.home, "baseline", "2020-05", "--by", "测复核").exit_code == 0
    with pytest.raises(officers.OfficerError, match="已有同名基线"):
        officers.freeze_baseline(office.settings, "2020-05 ", FOUND, "测复核")


def test_a_baseline_before_the_first_night_freezes_nothing(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home").with_villages()
    with pytest.raises(officers.OfficerError, match="还没有问题台账"):
        officers.freeze_baseline(home.settings, "2020-05", FOUND, "测复核")


def test_a_baseline_outlives_the_warehouse(office: Office) -> None:
    officers.freeze_baseline(office.settings, "2020-05", FOUND, "测复核")
    assert "2020-05" in records.load(office.settings)["ledger.batches"]["baseline_id"].to_pylist()


def test_a_name_with_brackets_is_shown_as_it_is(office: Office) -> None:
    done = said(office.home, "baseline", "[/b]复查[v2]:x:", "--by", "测复核")
    assert (done.exit_code, done.exception) == (0, None)
    assert "已冻结基线 [/b]复查[v2]:x:" in done.stdout


@pytest.mark.parametrize("area", ["甲镇", "620101", "61009910x"])
def test_nobody_answers_for_an_area_that_is_none_of_here(office: Office, area: str) -> None:
    with pytest.raises(officers.OfficerError, match="区划代码"):
        officers.assign(office.settings, "medical", area, "测责任", "测经办", FOUND)


def test_somebody_answers_for_the_county_or_for_a_part_of_it(office: Office) -> None:
    officers.assign(office.settings, "medical", "610099", "测责任", "测经办", FOUND)
    assert said(office.home, "assign", "medical", "测某", "--by", "测经办", "--area", "610099101").exit_code == 0


def test_a_person_may_be_named_before_the_first_file_comes(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home")
    officers.assign(home.settings, "medical", "610099", "测责任", "测经办", FOUND)
    home.with_villages()


def test_evidence_of_a_word_that_is_refused_is_not_kept(office: Office, tmp_path: Path) -> None:
    paper = tmp_path / "鉴定报告.pdf"
    paper.write_bytes(b"%PDF the dwelling was looked at")
    [issue] = [str(row["issue_id"]) for row in list_issues(office.settings)]
    before = originals_of(office.home)
    words = ["--by", "测复核", "--reason", "等待鉴定", "--evidence", str(paper), "--decided-on", FOUND.isoformat()]
    for wrong in (["R081-0", "waive", "--until", "2020-06-01"], [issue, "waive"], [issue, "accept"]):
        assert said(office.home, "sign", *wrong, *words).exit_code != 0
        assert originals_of(office.home) == before
    assert said(office.home, "sign", issue, "waive", "--until", "2020-06-01", *words).exit_code == 0
    assert len(originals_of(office.home)) == len(before) + 1
    office.night(date(2020, 5, 5), [a_finding(1)])
    told = history(office.settings, issue)
    assert told is not None
    assert [(one["name"], one["is_kept"]) for one in told["evidence"]] == [(paper.name, True)]


def originals_of(home: Home) -> set[Path]:
    """Every file in the vault of originals."""
    return {path for path in home.settings.originals.rglob("*") if path.is_file()}
