"""From a doubtful row to an officer's decision and back into the one table, over two nights of a simulated county."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest
from typer.testing import CliRunner

from connectors import originals
from connectors.warehouse import open_database, open_warehouse, open_work
from dags.triggers import FilesWaiting
from identity import vault
from identity.decisions import WORDS, Kind
from pipeline import audit
from pipeline import settings as home
from pipeline.cli import app
from pipeline.decisions.decide import Asked, decide
from pipeline.decisions.files import FOLDER
from pipeline.night import reconcile
from pipeline.pages.document import document
from pipeline.publication import publish
from pipeline.questions.reveal import RevealError, reveal
from pipeline.receiving.ingest import ingest_waiting
from simulator import simulate
from tests.builders.decisions import FILLED, Line, hand_in
from tests.integration.test_triggers import fired

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings

pytest.importorskip("splink")
_PLACE = "sector || '/' || entity || '|' || submission_id || '#' || sheet || '!' || row_no::varchar"
_ROW_BY_ROW = ("chronic_visits", "inpatient_claims", "aid_payments", "retrofits")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A county after its first night."""
    folder = tmp_path_factory.mktemp("identity") / "var"
    settings = home.load(folder)
    simulate(folder, seed=5, households=300, as_of=date(2020, 6, 30), corrupt=0.1, identity=0.4)
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


def _hand_in(settings: Settings, *lines: Line, title: str = "待核实") -> str | None:
    """Fill in the workbook, put it into the folder of decisions and take it in."""
    waiting = hand_in(settings.home, *lines, title=title)
    (landed,) = ingest_waiting(settings, sectors=["registry"], received_on=settings.clock())
    assert waiting.exists() == (landed.status == "refused")
    waiting.unlink(missing_ok=True)
    answers = sorted((settings.outbox / "registry").glob("*决定回执.xlsx"))
    said = [str(row[1].value) for path in answers for row in openpyxl.load_workbook(path)["决定回执"].iter_rows()]
    assert landed.error in said
    for path in answers:
        path.unlink()
    return landed.error


def _command(settings: Settings, case: object, kind: Kind, id_no: str | None) -> None:
    """The same word by ``onetable decide``, which asks for a number so that it stays in no shell's history."""
    done = CliRunner().invoke(
        app,
        ["decide", str(case), str(kind), "--by", "测核实", "--reason", "电话核实", "--json"],
        input=f"{id_no}\n" if id_no else None,
        env={"ONETABLE_HOME": str(settings.home)},
    )
    assert done.exit_code == 0, done.output
    assert id_no is None or id_no not in done.output


def _numbers(settings: Settings, sql: str) -> list[tuple[str, str]]:
    """Keys of register people in a fixed order, and their numbers in clear."""
    con = open_work()
    try:
        vault.attach(con, settings.vault_db, settings.vault_key, read_only=True)
        wanted = [str(key) for (key,) in _published(settings, sql)]
        known = dict(con.execute(f"select person_key, min(id_no) from {vault.NAME}.ids group by 1").fetchall())
        return [(key, known[key]) for key in wanted if key in known]
    finally:
        con.close()


def test_a_doubtful_row_is_proposed_with_its_reasons_and_linked_by_nobody(county: Settings) -> None:
    found = _published(county, "select rank, certainty, agrees, waterfall, evidence from masked.identity_proposals")
    assert found
    assert [row for row in found if row[0] == 1 and not re.search("姓名|证件号码", str(row[2]))] == []
    assert [row for row in found if "起点" not in str(row[3])] == []
    linked = {row[0] for row in _published(county, "select tier from masked.links")}
    assert "decision" not in linked
    assert {row[0] for row in _published(county, "select status from masked.identity_status")} == {"run"}


def test_a_line_without_an_officer_is_refused_and_told_why(county: Settings) -> None:
    (case,) = _published(county, "select min(proposal_id) from masked.identity_proposals")[0]
    assert _hand_in(county, Line(case, "同一人", "")) == "未接收：决定须写明经办人和理由"
    assert "只能填" in str(_hand_in(county, Line(case, "大概是")))


def test_a_decision_is_replayed_and_the_case_is_not_raised_again(county: Settings) -> None:
    cases = _published(
        county,
        "select proposal_id, register_key from masked.identity_proposals"
        " where rank = 1 and subject_type = 'person' order by proposal_id",
    )
    (same, person), (different, _) = cases[0], cases[1]
    assert _hand_in(county, Line(same, "同一人")) == "已接收 1 条决定，新增 1 条"
    assert _hand_in(county, Line(same, "同一人")) == "已接收 1 条决定，新增 0 条"
    assert _hand_in(county, Line(different, "不是同一人")) == "已接收 1 条决定，新增 1 条"
    first = reconcile.reconcile(county, county.clock())
    assert first.outcome == "published"
    # Whoever stands in two lists under the same id and name is decided about once.
    assert _published(county, "select distinct person_uid from masked.links where tier = 'decision'") == [(person,)]
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
    assert str(_hand_in(county, Line(case, "不是同一人"), title="疑似重复")).startswith("已接收 1 条决定")
    assert reconcile.reconcile(county, county.clock()).outcome == "published"
    kept = "select distinct cluster_id from masked.identity_clusters order by all"
    assert [name for (name,) in _published(county, kept)] == [name for name, *_ in others]
    asked = [Asked(str(case), Kind.WITHDRAWN, "测核实", "看错了")]
    assert decide(county, asked, county.clock()) >= 1
    reconcile.reconcile(county, county.clock())
    assert [name for (name,) in _published(county, kept)] == [name for name, *_ in clusters]


def _cases(settings: Settings, subject_type: str) -> list[tuple[str, ...]]:
    """Number, place and proposed key of the first proposal of every row, in a fixed order."""
    found = _published(
        settings,
        "select proposal_id, sector || '/' || entity || '|' || evidence, register_key from masked.identity_proposals"
        f" where rank = 1 and subject_type = '{subject_type}' order by proposal_id",
    )
    return [tuple(map(str, row)) for row in found]


def _of_one_row(cases: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Cases of lists with one row for each subject: a word about a person counts for all of his visits or payments."""
    return [case for case in cases if not case[1].split("|")[0].endswith(_ROW_BY_ROW)]


def test_every_kind_of_decision_counts_from_the_workbook_and_from_the_command_line(county: Settings) -> None:
    words = {kind: word for word, kind in WORDS.items() if kind is not Kind.WITHDRAWN}
    people, homes = (_of_one_row(_cases(county, kind))[: 2 * len(words)] for kind in ("person", "household"))
    assert len(people) == len(homes) == 2 * len(words)
    spoken_of = "', '".join(key for _, _, key in people + homes)
    others = _numbers(
        county,
        "select person_uid from masked.one_table_person where relation = '01'"
        f" and household_key not in ('{spoken_of}') and person_uid not in ('{spoken_of}') order by person_uid",
    )
    home_of = dict(_published(county, "select person_uid, household_key from masked.one_table_person"))
    wanted, refused, lines = set[tuple[str, str]](), set[tuple[str, str]](), []
    for turn, (case, place, proposed) in enumerate(people + homes):
        kind = tuple(words)[turn % len(words)]
        key, number = others[turn] if kind is Kind.CORRECT_ID else (proposed, None)
        if kind in {Kind.SAME, Kind.CORRECT_ID}:
            wanted.add((place, str(home_of[key]) if number and turn >= len(people) else key))
        else:
            refused.add((place, key))
        if turn % (2 * len(words)) < len(words):
            lines.append(Line(case, words[kind], id_no=number))
        else:
            _command(county, case, kind, number)
    mismatch, parted, household = _published(
        county,
        f"select mismatch_id, {_PLACE}, household_key from masked.mismatches"
        " inner join masked.links on subject_key = household_key"
        " and evidence = submission_id || '#' || sheet || '!' || row_no"
        " where rule_id = 'R006' and subject_type = 'household' and tier = 'hh_no' order by all",
    )[0]
    _command(county, mismatch, Kind.DIFFERENT, None)
    assert _hand_in(county, *lines) == f"已接收 {len(lines)} 条决定，新增 {len(lines)} 条"
    before = _links(county, "decision")
    assert reconcile.reconcile(county, county.clock()).outcome == "published"
    assert _links(county, "decision") - before == wanted
    assert (parted, household) not in _links(county, "hh_no") | _links(county, "head_key")
    raised = {(place, key) for kind in ("person", "household") for _, place, key in _cases(county, kind)}
    assert not raised & (wanted | refused)
    assert not {place for place, _ in raised} & {place for place, _ in wanted}


def _links(settings: Settings, tier: str) -> set[tuple[str, str]]:
    found = _published(
        settings, f"select {_PLACE}, coalesce(person_uid, household_key) from masked.links where tier = '{tier}'"
    )
    return {(str(place), str(key)) for place, key in found}


def test_the_workbook_of_decisions_lies_in_the_vault(county: Settings) -> None:
    with open_warehouse(county.warehouse, read_only=True) as con:
        files = con.execute("select sha256, file_name, decisions, new_decisions from meta.decision_files").fetchall()
    assert len(files) == len({sha256 for sha256, *_ in files}) >= 2
    assert all(originals.is_intact(county.originals, sha256) for sha256, *_ in files)
    assert {name for _, name, *_ in files} == {FILLED}


def test_every_look_and_every_decision_left_a_line_in_the_audit_log(county: Settings) -> None:
    told = {(event["event"], event["facts"].get("purpose")) for event in audit.show(county)}
    looked = {("unmasked_read", "identity_proposals"), ("unmasked_read", "decide")}
    written = {("unmasked_written", None), ("publish", None), ("export", None), ("decision", None)}
    assert looked | written <= told
    [(hh_no, people), *_] = _published(
        county, "select hh_no, count(*) from masked.one_table_person group by 1 order by 1"
    )
    for by, reason in (("", "回访"), ("测官", " ")):
        with pytest.raises(RevealError):
            reveal(county, str(hh_no), by=by, reason=reason)
    before = len(audit.show(county))
    shown = reveal(county, str(hh_no), by="测官", reason="回访")
    assert len(shown) == people
    assert all(len(person["name"]) > 1 and "*" not in person["name"] for person in shown)
    with pytest.raises(RevealError):
        reveal(county, "nobody", by="测官", reason="回访")
    lines = [(event["event"], event["facts"]["subject"]) for event in audit.show(county)[before:]]
    assert lines == [("unmasked_read", str(hh_no)), ("unmasked_read", "nobody")]


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
