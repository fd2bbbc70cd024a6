"""What readers and departments find after a night, and what a killed or repeated night leaves behind."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from connectors.warehouse import open_database, open_work
from identity import vault
from pipeline import audit
from pipeline.candidate.build import BuildFailedError
from pipeline.night import reconcile as steps
from pipeline.night.reconcile import reconcile
from pipeline.night.rollback import finish_rollback, roll_back
from pipeline.publication import publish
from pipeline.run_record import last
from pipeline.settings import Settings
from pipeline.upkeep.fsck import _publications
from tests.builders.killed import killed_at
from tests.integration.candidate_builder import (
    AS_OF,
    CANARY_ID,
    CANARY_NAME,
    a_home,
    a_mismatch,
    a_person,
    a_project,
    a_quick_night,
    a_submission,
    good_marts,
    quick_build,
)

pytestmark = pytest.mark.slow
DAY_BEFORE = date(2020, 6, 29)


@pytest.fixture(autouse=True)
def _without_dbt(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "dbt" not in request.function.__name__:
        monkeypatch.setattr("pipeline.candidate.build.build", quick_build)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = a_home(tmp_path)
    a_submission(home, "medical-enrolments-000000000001", received_on=DAY_BEFORE)
    return home


def a_night(settings: Settings, tmp_path: Path, day: date = AS_OF, marts: dict | None = None, **options: bool):
    return reconcile(settings, day, project=a_project(tmp_path, marts), **options)


def test_a_step_that_was_cut_off_after_its_work_was_done_may_be_tried_again(settings: Settings, tmp_path: Path) -> None:
    run = steps.build_candidate(settings, AS_OF, project=a_project(tmp_path, None))
    steps.gate_candidate(settings, run)
    first = steps.publish_table(settings, run)
    assert steps.publish_table(settings, run) == first
    assert first["outcome"] == "published"
    assert steps.update_ledger(settings, run)
    steps.update_ledger(settings, run)
    assert steps.push_mismatches(settings, run) == steps.push_mismatches(settings, run)
    report = last(settings)
    assert report is not None
    assert (report.outcome, report.export_sha256) == ("published", first["export_sha256"])
    with pytest.raises(publish.PublishFailedError):
        steps.publish_table(settings, {**run, "run_id": "00000000"})


def test_a_night_beside_another_does_not_note_its_outcome_under_the_others_name(
    settings: Settings, tmp_path: Path
) -> None:
    run = steps.build_candidate(settings, AS_OF, project=a_project(tmp_path, None))
    a_night(settings, tmp_path, DAY_BEFORE - timedelta(days=300))
    steps.gate_candidate(settings, run)
    report = last(settings)
    assert report is not None
    assert (report.as_of, report.run_id, report.outcome) == (run["as_of"], run["run_id"], "gated")
    a_night(settings, tmp_path, DAY_BEFORE - timedelta(days=300))
    steps.publish_table(settings, run)
    a_night(settings, tmp_path, DAY_BEFORE - timedelta(days=300))
    steps.update_ledger(settings, run)
    report = last(settings)
    assert report is not None
    assert (report.outcome, report.steps) == ("empty", [])


def rows(path: Path, sql: str) -> list[tuple]:
    con = open_database(path, read_only=True)
    try:
        return con.execute(sql).fetchall()
    finally:
        con.close()


def current(settings: Settings) -> Path:
    folder = publish.current(settings)
    assert folder is not None
    return folder


def live_nights(settings: Settings) -> list[tuple]:
    """Batch and publication of every night of the ledger that no rollback has withdrawn."""
    return rows(
        settings.warehouse,
        "select batch_seq, folder from ledger.batches where kind = 'night'"
        " and batch_seq not in (select unnest(withdraws) from ledger.batches) order by batch_seq",
    )


def test_dbt_builds_what_is_published_and_its_results_are_reported(settings: Settings, tmp_path: Path) -> None:
    told: list[str] = []
    report = reconcile(settings, AS_OF, project=a_project(tmp_path), progress=lambda text, *_: told.append(text))
    assert report.outcome == "published"
    person = next(model for model in report.models if model["name"] == "one_table_person")
    assert (person["status"], person["rows"]) == ("success", 2)
    assert "构建 one_table_person" in told


def with_one_more(number: int = 3) -> dict:
    marts = good_marts()
    marts["one_table_person"].append(a_person(number))
    for row in marts["indicators"]:
        if row["indicator"] == "jd_persons":
            row["numerator"] += 1
    return marts


def test_readers_find_masked_names_and_the_full_file_has_clear_ones(settings: Settings, tmp_path: Path) -> None:
    with_vault = open_work()
    vault.attach(with_vault, settings.vault_db, settings.vault_key)
    with_vault.execute("insert into idvault.ids values (?, ?)", [f"{1:032x}", CANARY_ID])
    with_vault.close()
    a_night(settings, tmp_path)
    folder = current(settings)
    masked = rows(folder / publish.MASKED, "select name, id_masked from masked.one_table_person order by 1, 2")
    assert masked == [("测**", "**************0011"), ("金**", "**************0011")]
    full = rows(folder / publish.FULL, 'select name, id_no from "full".one_table_person order by person_uid')
    assert full == [(CANARY_NAME, CANARY_ID), ("测甲二", None)]
    assert (folder / publish.FULL).stat().st_mode & 0o077 == 0


def test_a_name_in_a_mismatch_is_masked_only_where_the_value_is_a_name(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    found = rows(current(settings) / publish.MASKED, "select expected, actual from masked.mismatches order by rule_id")
    assert found == [("金**", "金**"), ("已参保缴费", "未缴费")]


def test_no_name_and_no_id_stands_in_what_is_published_masked(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    folder = current(settings)
    read = [path for path in folder.rglob("*") if path.is_file() and path.name != publish.FULL]
    assert {path.suffix for path in read} == {".duckdb", ".csv", ".parquet", ".json"}
    for path in read:
        content = path.read_bytes()
        assert CANARY_NAME.encode() not in content, path.name
        assert CANARY_ID.encode() not in content, path.name


def test_the_same_input_gives_the_same_export_in_another_home(settings: Settings, tmp_path: Path) -> None:
    first = a_night(settings, tmp_path)
    again = a_night(settings, tmp_path, force=True)
    marts = good_marts()
    marts["one_table_person"].reverse()
    elsewhere = a_home(tmp_path / "other")
    a_submission(elsewhere, "medical-enrolments-000000000001", received_on=DAY_BEFORE)
    other = a_night(elsewhere, tmp_path / "other", marts=marts)
    assert first.export_sha256 == again.export_sha256 == other.export_sha256
    assert len(publish.publications(settings)) == 1


def test_the_manifest_states_the_hash_that_anybody_can_compute(settings: Settings, tmp_path: Path) -> None:
    report = a_night(settings, tmp_path)
    folder = current(settings)
    manifest = json.loads((folder / publish.MANIFEST).read_text())
    lines = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted((folder / "export").glob("*.csv"), key=lambda path: path.name)
    )
    assert hashlib.sha256(lines.encode()).hexdigest() == manifest["export_sha256"] == report.export_sha256
    assert manifest["as_of"] == "2020-06-30"
    assert manifest["inputs"] == ["medical-enrolments-000000000001"]
    assert manifest["counts"]["one_table_person"] == 2
    assert manifest["gate"]["passed"]


def test_every_file_of_a_publication_is_checked(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    folder = current(settings)
    kept = [*(folder / "export").iterdir(), folder / publish.MASKED]
    assert {path.suffix for path in kept} == {".csv", ".parquet", ".duckdb"}
    for path in kept:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if whole else b"x")
        assert [finding for finding in _publications(settings) if path.name in finding], path.name
        path.write_bytes(whole)
    assert list(_publications(settings)) == []


def test_a_second_night_changes_nothing_and_says_so(settings: Settings, tmp_path: Path) -> None:
    first = a_night(settings, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in settings.published.rglob("*")}
    second = a_night(settings, tmp_path)
    assert second.outcome == "unchanged"
    assert second.export_sha256 == first.export_sha256
    assert {path: path.stat().st_mtime_ns for path in settings.published.rglob("*")} == before


def test_a_refused_file_is_news_and_a_duplicate_is_none(settings: Settings, tmp_path: Path) -> None:
    first = a_night(settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000001-2", seq=2, status="duplicate")
    assert a_night(settings, tmp_path).outcome == "unchanged"
    a_submission(settings, "medical-enrolments-000000000004", seq=3, status="refused")
    second = a_night(settings, tmp_path)
    assert second.outcome == "published"
    assert second.run_id != first.run_id


def test_nothing_received_publishes_nothing(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    assert a_night(home, tmp_path).outcome == "empty"
    assert publish.current(home) is None


def test_an_open_reader_keeps_the_old_publication_and_a_new_one_sees_new(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    reader = open_database(settings.published / "current" / publish.MASKED, read_only=True)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    a_night(settings, tmp_path, marts=with_one_more())
    assert reader.execute("select count(*) from masked.one_table_person").fetchone() == (2,)
    reader.close()
    now = settings.published / "current" / publish.MASKED
    assert rows(now, "select count(*) from masked.one_table_person") == [(3,)]


def test_a_past_day_is_published_beside_the_current_one(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    now, ledger = current(settings), ledger_of(settings)
    report = a_night(settings, tmp_path, day=DAY_BEFORE)
    assert report.outcome == "published_beside"
    assert ledger_of(settings) == ledger
    assert current(settings) == now
    assert publish.find(settings, DAY_BEFORE, report.run_id) is not None
    assert a_night(settings, tmp_path, day=DAY_BEFORE).outcome == "unchanged"


def test_three_publications_are_kept_and_rollback_returns_to_the_one_before(settings: Settings, tmp_path: Path) -> None:
    nights = []
    for number in range(2, 6):
        a_submission(settings, f"medical-enrolments-00000000000{number}", seq=number)
        nights.append(a_night(settings, tmp_path))
    kept = publish.publications(settings)
    assert [folder.name.split("-")[-1] for folder in kept] == [night.run_id for night in nights[1:]]
    back = publish.rollback(settings)
    assert back.manifest["run_id"] == nights[-2].run_id
    assert current(settings) == kept[-2]
    told = audit.show(settings)[-1]
    assert (told["event"], told["facts"]["folder"]) == ("rollback", kept[-2].name)
    publish.rollback(settings)
    with pytest.raises(publish.PublishFailedError):
        publish.rollback(settings)


def test_a_rollback_passes_over_what_was_rolled_back_before_and_over_past_days(
    settings: Settings, tmp_path: Path
) -> None:
    good = a_night(settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    a_night(settings, tmp_path, marts=with_one_more())
    roll_back(settings)
    in_the_ledger = live_nights(settings)
    a_submission(settings, "medical-enrolments-000000000004", seq=3, received_on=date(2020, 6, 26))
    for day in (27, 28, 29):
        assert a_night(settings, tmp_path, day=date(2020, 6, day)).outcome == "published_beside"
    a_night(settings, tmp_path, marts=with_one_more())
    assert len(live_nights(settings)) == len(in_the_ledger) + 1
    assert roll_back(settings).manifest["run_id"] == good.run_id
    assert live_nights(settings) == in_the_ledger
    with pytest.raises(publish.PublishFailedError):
        publish.rollback(settings)


def test_a_rollback_to_a_publication_whose_night_was_killed_withdraws_no_night_before_it(
    settings: Settings, tmp_path: Path
) -> None:
    a_night(settings, tmp_path)
    in_the_ledger = live_nights(settings)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    killed = a_night(settings, tmp_path, stop_after="publish_table")
    a_submission(settings, "medical-enrolments-000000000004", seq=3)
    a_night(settings, tmp_path, marts=with_one_more())
    assert roll_back(settings).manifest["run_id"] == killed.run_id
    assert live_nights(settings) == in_the_ledger


def test_a_rollback_also_returns_the_departments_workbooks(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    before = sheet(settings, "medical")
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    marts = good_marts()
    marts["mismatches"].pop()
    a_night(settings, tmp_path, marts=marts)
    assert sheet(settings, "medical") != before
    roll_back(settings)
    assert sheet(settings, "medical") == before


ROLLBACK_POINTS = (
    "publish_before_swap",
    "publish_after_swap",
    "rollback_published",
    "rollback_withdrawn",
    "push_workbook",
)


def after_a_rollback_killed_at(point: str, settings: Settings, tmp_path: Path) -> tuple[Path, list[tuple], list]:
    """Three nights, the last one rolled back until ``point``; the second: its publication, live nights and workbook."""
    a_night(settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    marts = good_marts()
    marts["mismatches"].pop()
    a_night(settings, tmp_path, marts=marts)
    wanted = (current(settings), live_nights(settings), sheet(settings, "medical"))
    a_submission(settings, "medical-enrolments-000000000004", seq=3)
    a_night(settings, tmp_path, marts=with_one_more())
    killed_at(point, roll_back, settings)
    return wanted


@pytest.mark.parametrize("point", ROLLBACK_POINTS)
def test_a_killed_rollback_is_completed_by_the_same_command_and_goes_no_further_back(
    settings: Settings, tmp_path: Path, point: str
) -> None:
    wanted = after_a_rollback_killed_at(point, settings, tmp_path)
    roll_back(settings)
    assert (current(settings), live_nights(settings), sheet(settings, "medical")) == wanted
    first = publish.publications(settings)[0]
    assert roll_back(settings).folder == first, "the next order is a rollback of its own"


def test_a_night_does_a_killed_rollback_to_its_end_before_it_adds_to_the_ledger(
    settings: Settings, tmp_path: Path
) -> None:
    back, nights, _ = after_a_rollback_killed_at("rollback_published", settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000005", seq=4)
    a_night(settings, tmp_path)
    *before, (_, folder) = live_nights(settings)
    assert (before, folder) == (nights, current(settings).name)
    assert roll_back(settings).folder == back


def test_a_killed_rollback_to_what_is_no_longer_there_is_not_made_another_by_the_night(
    settings: Settings, tmp_path: Path
) -> None:
    back, _, _ = after_a_rollback_killed_at("publish_before_swap", settings, tmp_path)
    shutil.rmtree(back)
    in_force = current(settings)
    finish_rollback(settings)
    assert current(settings) == in_force


def test_what_was_rolled_back_comes_back_only_when_forced(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    bad = a_night(settings, tmp_path, marts=with_one_more())
    good = publish.rollback(settings).folder
    assert a_night(settings, tmp_path, marts=with_one_more()).outcome == "unchanged"
    assert current(settings) == good.resolve()
    assert a_night(settings, tmp_path, marts=with_one_more(), force=True).run_id == bad.run_id
    assert current(settings).name.endswith(bad.run_id)
    assert a_night(settings, tmp_path, marts=with_one_more()).outcome == "unchanged"


def test_a_failing_dbt_test_stops_the_night_and_keeps_the_publication(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    before = current(settings)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    tests = "models: [{name: one_table_person, columns: [{name: household_key, data_tests: [unique]}]}]\n"
    with pytest.raises(BuildFailedError, match="unique_one_table_person_household_key"):
        reconcile(settings, AS_OF, project=a_project(tmp_path, None, tests))
    assert current(settings) == before
    assert not list(settings.work.glob("candidate-*"))


def test_an_error_of_dbt_that_quotes_a_value_is_named_but_not_quoted(settings: Settings, tmp_path: Path) -> None:
    project = a_project(tmp_path)
    broken = project / "models" / "marts" / "feed_status.sql"
    broken.write_text(f"select cast(value as integer) as value from (select '{CANARY_ID}' as value)")
    with pytest.raises(BuildFailedError) as caught:
        reconcile(settings, AS_OF, project=project)
    assert "Conversion Error" in str(caught.value)
    assert CANARY_ID not in str(caught.value)
    kept = [path for path in settings.home.rglob("*") if path.is_file() and path.suffix != ".sql"]
    assert "last_run.json" in {path.name for path in kept}
    for path in kept:
        if path.name not in ("manifest.json", "partial_parse.msgpack", "graph.gpickle", "semantic_manifest.json"):
            assert CANARY_ID.encode() not in path.read_bytes(), path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home after the night that the killed ones must come to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    home = a_home(folder)
    a_submission(home, "medical-enrolments-000000000001", received_on=DAY_BEFORE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pipeline.candidate.build.build", quick_build)
        reconcile(home, AS_OF, project=a_project(folder))
    return home


@pytest.mark.parametrize(
    "point",
    [
        "build_start",
        "build_middle",
        "build_end",
        "gate_start",
        "gate_end",
        "publish_export",
        "publish_before_rename",
        "publish_after_rename",
        "publish_before_swap",
        "publish_after_swap",
        "ledger_events_written",
        "ledger_committed",
        "push_workbook",
        "ledger_publish_before_rename",
    ],
)
def test_a_killed_night_is_completed_by_the_next(
    settings: Settings, tmp_path: Path, undisturbed: Settings, point: str
) -> None:
    project = a_project(tmp_path)
    killed_at(point, a_quick_night, settings, project)
    undisturbed_report = last(undisturbed)
    assert undisturbed_report is not None
    report = reconcile(settings, AS_OF, project=project)
    assert report.outcome in ("published", "unchanged")
    assert report.export_sha256 == undisturbed_report.export_sha256
    assert len(publish.publications(settings)) == 1
    assert current(settings).name.endswith(report.run_id)
    left = [path.name for path in settings.home.rglob(".*") if path.name not in (".now", ".user.yml")]
    assert not left
    assert not list(settings.work.glob("candidate-*"))
    assert sorted(path.name for path in (settings.outbox / "medical").iterdir()) == sorted(
        path.name for path in (undisturbed.outbox / "medical").iterdir()
    )
    assert ledger_of(settings) == ledger_of(undisturbed)


def ledger_of(settings: Settings) -> list[tuple]:
    con = open_database(settings.warehouse, read_only=True)
    try:
        batches = con.execute(
            "select batch_seq, event_count, state_sha256, chain_sha256 from ledger.batches"
        ).fetchall()
    finally:
        con.close()
    manifest = json.loads((settings.published / "issues" / "manifest.json").read_text())
    return [*batches, (manifest["export_sha256"],)]


def sheet(settings: Settings, sector: str) -> list[list[object]]:
    (path,) = (settings.outbox / sector).glob("*问题清单*.xlsx")
    return [list(row) for row in openpyxl.load_workbook(path)["问题清单"].iter_rows(values_only=True)]


def test_a_department_gets_its_own_mismatches_worst_first_with_file_and_row(settings: Settings, tmp_path: Path) -> None:
    marts = good_marts()
    marts["mismatches"][0]["severity"] = "minor"
    marts["mismatches"].append(a_mismatch(4, rule_id="R001", owner="registry", detail="registry/persons.ins_basic"))
    a_night(settings, tmp_path, marts=marts)
    assert (settings.outbox / "medical" / "610099_医保问题清单.xlsx").is_file()
    title, unit, header, *lines = sheet(settings, "medical")
    assert any("测试县" in str(cell) for cell in title)
    assert "推送日期：2020-06-30" in unit
    assert [line[header.index("规则编号")] for line in lines] == ["R001", "R081"]
    first = dict(zip(header, lines[0], strict=True))
    assert (first["行业数据值"], first["建档立卡数据值"]) == ("金丝鸟", CANARY_NAME)
    assert (first["来源文件"], first["工作表"], first["行号"]) == ("参保.xlsx", "Sheet1", "5")
    assert first["行政村"] == "测试村"
    assert len(sheet(settings, "registry")) == 4
    assert len(sheet(settings, "water")) == 3


def test_what_another_source_holds_stays_out_unless_it_is_on_the_list(settings: Settings, tmp_path: Path) -> None:
    secret = "人均纯收入3500.00元"
    marts = good_marts()
    marts["rule_status"].append({"rule_id": "R144", "title": "R144", "status": "run"})
    marts["rule_status"].append({"rule_id": "R999", "title": "R999", "status": "run"})
    changes = {"owner": "civil_affairs", "subject_type": "household", "subject_key": "H1"}
    marts["mismatches"] = [
        a_mismatch(5, rule_id="R144", detail="jd_not_in_dibao", actual=secret, difference=secret, **changes),
        a_mismatch(6, rule_id="R999", expected=secret, actual="本部门所报", **changes),
    ]
    marts["one_table_household"].append({"household_key": "H2"})
    a_night(settings, tmp_path, marts=marts)
    text = json.dumps(sheet(settings, "civil_affairs"), ensure_ascii=False, default=str)
    assert "R144" in text
    assert "本部门所报" in text
    assert secret not in text


def test_a_workbook_written_again_is_the_same_to_the_byte(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    (path,) = (settings.outbox / "medical").glob("*问题清单.xlsx")
    before = path.read_bytes()
    a_night(settings, tmp_path, force=True)
    assert path.read_bytes() == before


def test_a_night_killed_inside_dbt_leaves_no_child_that_holds_the_candidate(settings: Settings, tmp_path: Path) -> None:
    project = a_project(tmp_path)
    killed_at("build_middle:2", reconcile, settings, AS_OF, project=project)
    assert list(settings.work.glob("candidate-*.duckdb"))
    assert reconcile(settings, AS_OF, project=project).outcome == "published"
    assert not list(settings.work.glob("candidate-*"))


def test_readers_during_three_hundred_replacements_see_one_publication_each(settings: Settings, tmp_path: Path) -> None:
    a_night(settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000003", seq=2)
    a_night(settings, tmp_path, marts=with_one_more())
    folders = publish.publications(settings)
    swapping = threading.Thread(target=lambda: [publish.swap(settings, folders[n % 2]) for n in range(300)])
    swapping.start()
    seen = set()
    while swapping.is_alive():
        folder = (settings.published / "current").resolve(strict=True)
        count = json.loads((folder / publish.MANIFEST).read_text())["counts"]["one_table_person"]
        lines = (folder / "export" / "one_table_person.csv").read_text().splitlines()
        assert len(lines) == count + 1
        seen.add(count)
    swapping.join()
    assert seen == {2, 3}
