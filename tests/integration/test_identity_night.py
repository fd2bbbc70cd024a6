"""From a doubtful row to an officer's decision and back into the one table, over two nights of a simulated county."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from connectors.warehouse import open_database
from pipeline import publish, reconcile
from pipeline import settings as home
from pipeline.decide import FOLDER
from pipeline.ingest import ingest_waiting
from simulator import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings

pytest.importorskip("splink")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A county after its first night."""
    folder = tmp_path_factory.mktemp("identity") / "var"
    settings = home.load(folder)
    simulate(folder, seed=5, households=300, as_of=date(2020, 6, 30), corrupt=0.3)
    settings = home.load(folder)
    ingest_waiting(settings, received_on=settings.clock())
    report = reconcile.reconcile(settings, settings.clock())
    assert report.outcome == "published"
    return settings


def _published(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    folder = publish.current(settings)
    assert folder is not None
    con = open_database(folder / publish.MASKED)
    try:
        return [tuple(row) for row in con.execute(sql).fetchall()]
    finally:
        con.close()


def _workbook(settings: Settings) -> Path:
    (path,) = (settings.outbox / "registry").glob("*身份核实清单*.xlsx")
    return path


def _hand_in(settings: Settings, decision: str, officer: str, case: object) -> str | None:
    """Fill the line of one case, put the workbook into the folder of decisions and take it in."""
    book = openpyxl.load_workbook(_workbook(settings))
    sheet = book["待核实"]
    header = [cell.value for cell in sheet[1]]
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value == case:
            for name, value in (("决定", decision), ("经办人", officer), ("理由", "电话核实")):
                sheet.cell(row, header.index(name) + 1, value)
    folder = settings.ingest.joinpath(*FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / "核实.xlsx")
    (landed,) = ingest_waiting(settings, sectors=["registry"], received_on=settings.clock())
    assert (folder / "核实.xlsx").exists() == (landed.status == "refused")
    (folder / "核实.xlsx").unlink(missing_ok=True)
    return landed.error


def test_a_doubtful_row_is_proposed_with_its_reasons_and_linked_by_nobody(county: Settings) -> None:
    found = _published(county, "select rank, certainty, agrees, waterfall, evidence from masked.identity_proposals")
    assert found
    assert all("姓名" in str(row[2]) and "起点" in str(row[3]) for row in found)
    linked = {row[0] for row in _published(county, "select tier from masked.links")}
    assert "decision" not in linked
    assert {row[0] for row in _published(county, "select status from masked.identity_status")} == {"run"}


def test_a_line_without_an_officer_is_refused_and_told_why(county: Settings) -> None:
    (case,) = _published(county, "select min(proposal_id) from masked.identity_proposals")[0]
    assert _hand_in(county, "同一人", "", case) == "未接收：决定须写明经办人和理由"
    assert "只能填" in str(_hand_in(county, "大概是", "测核实", case))


def test_a_decision_is_replayed_and_the_case_is_not_raised_again(county: Settings) -> None:
    cases = _published(
        county,
        "select proposal_id, register_key from masked.identity_proposals"
        " where rank = 1 and subject_type = 'person' order by proposal_id",
    )
    (same, person), (different, _) = cases[0], cases[1]
    assert _hand_in(county, "同一人", "测核实", same) == "已接收 1 条决定，新增 1 条"
    assert _hand_in(county, "同一人", "测核实", same) == "已接收 1 条决定，新增 0 条"
    assert _hand_in(county, "不是同一人", "测核实", different) == "已接收 1 条决定，新增 1 条"
    first = reconcile.reconcile(county, county.clock())
    assert first.outcome == "published"
    assert _published(county, "select person_uid from masked.links where tier = 'decision'") == [(person,)]
    left = {row[0] for row in _published(county, "select proposal_id from masked.identity_proposals")}
    assert not {same, different} & left
    again = reconcile.reconcile(county, county.clock(), force=True)
    assert again.export_sha256 == first.export_sha256
