"""From a doubtful row to an officer's decision and back into the one table, over two nights of a simulated county."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from connectors import originals
from connectors.warehouse import open_database, open_warehouse
from dags.triggers import FilesWaiting
from identity.decisions import Kind
from pipeline import publish, reconcile
from pipeline import settings as home
from pipeline.decide import Asked, decide
from pipeline.decision_files import FOLDER
from pipeline.document import document
from pipeline.ingest import ingest_waiting
from simulator import simulate
from tests.integration.test_triggers import fired

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


def _hand_in(settings: Settings, decision: str, officer: str, case: object, title: str = "待核实") -> str | None:
    """Fill the first line of one case, put the workbook into the folder of decisions and take it in."""
    book = openpyxl.load_workbook(_workbook(settings))
    sheet = book[title]
    header = [cell.value for cell in sheet[1]]
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value == case:
            for name, value in (("决定", decision), ("经办人", officer), ("理由", "电话核实")):
                sheet.cell(row, header.index(name) + 1, value)
            break
    folder = settings.ingest.joinpath(*FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    book.save(folder / "核实.xlsx")
    (landed,) = ingest_waiting(settings, sectors=["registry"], received_on=settings.clock())
    assert (folder / "核实.xlsx").exists() == (landed.status == "refused")
    (folder / "核实.xlsx").unlink(missing_ok=True)
    answers = sorted((settings.outbox / "registry").glob("*决定回执.xlsx"))
    said = [str(row[1].value) for path in answers for row in openpyxl.load_workbook(path)["决定回执"].iter_rows()]
    assert landed.error in said
    for path in answers:
        path.unlink()
    return landed.error


def test_a_doubtful_row_is_proposed_with_its_reasons_and_linked_by_nobody(county: Settings) -> None:
    found = _published(county, "select rank, certainty, agrees, waterfall, evidence from masked.identity_proposals")
    assert found
    assert [row for row in found if row[0] == 1 and "姓名" not in str(row[2])] == []
    assert [row for row in found if "起点" not in str(row[3])] == []
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


def test_a_cluster_is_decided_as_a_whole_and_not_raised_again_until_it_is_withdrawn(county: Settings) -> None:
    clusters = _published(
        county,
        "select cluster_id, min(size), count(*), min(reasons) from masked.identity_clusters group by all order by all",
    )
    assert clusters
    assert all(size == rows for _, size, rows, _ in clusters)
    (case, *_), *others = clusters
    assert str(_hand_in(county, "不是同一人", "测核实", case, "疑似重复")).startswith("已接收 1 条决定")
    assert reconcile.reconcile(county, county.clock()).outcome == "published"
    kept = "select distinct cluster_id from masked.identity_clusters order by all"
    assert [name for (name,) in _published(county, kept)] == [name for name, *_ in others]
    asked = [Asked(str(case), Kind.WITHDRAWN, "测核实", "看错了")]
    assert decide(county, asked, county.clock()) >= 1
    reconcile.reconcile(county, county.clock())
    assert [name for (name,) in _published(county, kept)] == [name for name, *_ in clusters]


def test_the_workbook_of_decisions_lies_in_the_vault(county: Settings) -> None:
    with open_warehouse(county.warehouse, read_only=True) as con:
        files = con.execute("select sha256, file_name, decisions, new_decisions from meta.decision_files").fetchall()
    assert len(files) == len({sha256 for sha256, *_ in files}) >= 2
    assert all(originals.is_intact(county.originals, sha256) for sha256, *_ in files)
    assert {name for _, name, *_ in files} == {"核实.xlsx"}


def test_the_site_draws_every_proposal_without_a_person_in_it(county: Settings) -> None:
    page = (county.site / "identity.html") if document(county)["pages"]["identity"]["error"] is None else None
    assert page is not None
    text = page.read_text(encoding="utf-8")
    cases = _published(county, "select proposal_id, waterfall from masked.identity_proposals")
    assert cases
    assert all(str(case) in text for case, _ in cases)
    assert text.count("<svg") == len(cases)
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    folder = publish.current(county)
    assert folder is not None
    with publish.opened(county, folder / publish.FULL) as con:
        names = {name for (name,) in con.execute('select distinct name from "full".identity_proposals').fetchall()}
    assert not [name for name in names if name in text]
    assert 'href="identity.html"' in (county.site / "index.html").read_text(encoding="utf-8")


def test_an_evening_s_workbook_wakes_the_ingestion_of_the_register(tmp_path: Path) -> None:
    folder = tmp_path.joinpath("ingest", *FOLDER)
    folder.mkdir(parents=True)
    trigger = FilesWaiting(str(tmp_path / "ingest" / FOLDER[0]), settle_seconds=0.05)
    assert fired(trigger, 0.6, [(0.1, lambda: (folder / "核实.xlsx").write_bytes(b"x"))]) == 1
