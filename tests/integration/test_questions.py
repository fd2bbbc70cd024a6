"""What a data officer asks of one published county: the rows behind numbers, lists, previews, changes."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from connectors.warehouse import open_warehouse
from pipeline import settings as home
from pipeline.cli import app
from pipeline.generate import rule_models
from pipeline.night.reconcile import reconcile
from pipeline.pages import catalogue
from pipeline.publication import publish, reports
from pipeline.questions import known_words, number_rows, work_lists
from pipeline.receiving import ingest
from pipeline.repository import DBT_PROJECT
from pipeline.settings import Settings
from simulator import simulate

pytestmark = pytest.mark.slow

AS_OF = date(2020, 6, 30)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small county with one night behind it."""
    folder = tmp_path_factory.mktemp("county")
    simulate(folder, seed=15, households=120, as_of=AS_OF, corrupt=0.3)
    settings = home.load(folder)
    ingest.ingest_waiting(settings, received_on=AS_OF)
    assert reconcile(settings, AS_OF).outcome == "published"
    return settings


def asked(settings: Settings, *arguments: str, expect: int = 0) -> Any:
    """The JSON that one command prints."""
    done = CliRunner().invoke(app, [*arguments, "--json"], env={"ONETABLE_HOME": str(settings.home)})
    assert done.exit_code == expect, done.output
    return json.loads(done.stdout) if done.stdout else None


def on_publication(settings: Settings, sql: str) -> list[dict[str, Any]]:
    """Rows of a query on the masked publication."""
    return reports.query_published(settings, None, sql)


def withdraw(settings: Settings, feed: str, person_key: str, day: date) -> None:
    """A correction of the department that takes the person's row off its list."""
    sector, entity = feed.split("/")
    with open_warehouse(settings.warehouse) as con:
        table = f"raw.{sector}__{entity}"
        (seq,) = con.execute("select max(seq) + 1 from meta.submissions").fetchone() or (1,)
        submission = f"{sector}-{entity}-{seq:012d}"
        con.execute(
            "insert into meta.submissions by name select * replace (? as submission_id, ? as seq, 'correction' as mode,"
            f" ? as received_on, 1 as rows_in, 1 as rows_ok) from meta.submissions where submission_id ="
            f" (select any_value(submission_id) from {table} where person_key = ?)",
            [submission, seq, day, person_key],
        )
        con.execute(
            f"insert into {table} by name select * replace (? as submission_id, 'withdraw' as op) from {table}"
            " where person_key = ?",
            [submission, person_key],
        )


def renew(settings: Settings, feed: str, day: date) -> None:
    """The department's list came in later: the same rows, received on ``day``."""
    with open_warehouse(settings.warehouse) as con:
        con.execute("update meta.submissions set received_on = ? where sector || '/' || entity = ?", [day, feed])


def counts_of_places(listed: list[dict[str, Any]]) -> bool:
    """A population is told by village: no list names everybody."""
    return bool(listed) and all(one["subject_type"] == "village" and one["amount"] != 1 for one in listed)


def test_as_many_rows_stand_behind_every_number_as_it_says(county: Settings) -> None:
    numbers = [row for row in reports.indicators(county) if row["area_level"] == "county"]
    computed = [row for row in numbers if row["status"] == "ok"]
    assert len(computed) > 30
    for row in computed:
        for part in number_rows.PARTS:
            listed = number_rows.members(county, row["indicator"], part=part)
            assert sum(one["amount"] for one in listed) == (row[part] or 0), (row["indicator"], part)
            if row["grain"] != number_rows.MONEY and not counts_of_places(listed):
                assert len(listed) == (row[part] or 0), (row["indicator"], part)
            assert len({(one["subject_type"], one["subject_key"]) for one in listed}) == len(listed)


def test_a_number_of_money_lists_the_stays_with_what_each_adds_to_it(county: Settings) -> None:
    (told,) = [row for row in asked(county, "number", "reimb_in_rate") if row["area_code"] == "610099"]
    stays = asked(county, "number", "reimb_in_rate", "--rows")
    costs = asked(county, "number", "reimb_in_rate", "--rows", "--part", "denominator")
    assert told["grain"] == number_rows.MONEY
    assert len(stays) > 1
    assert all("出院" in stay["subject_label"] for stay in stays)
    assert sum(stay["amount"] for stay in stays) == told["numerator"]
    assert sum(stay["amount"] for stay in costs) == told["denominator"]
    shown = CliRunner().invoke(app, ["number", "reimb_in_rate", "--rows"], env={"ONETABLE_HOME": str(county.home)})
    assert f"金额合计 {told['numerator']} 分" in shown.output


def test_the_rows_behind_a_number_are_masked_and_those_of_a_township_are_its_own(county: Settings) -> None:
    township = next(
        row["area_code"] for row in reports.indicators(county, "jd_persons") if row["area_level"] == "township"
    )
    listed = asked(county, "number", "jd_persons", "--rows", "--area", township)
    (told,) = [row for row in asked(county, "number", "jd_persons", "--area", township) if row["area_code"] == township]
    assert len(listed) == told["numerator"]
    assert all(one["area_code"].startswith(township) and one["subject_label"][1:3] == "**" for one in listed)


def test_a_number_that_does_not_exist_or_has_no_feed_is_refused_with_a_reason(county: Settings) -> None:
    with pytest.raises(number_rows.UnknownIndicatorError, match="没有指标"):
        number_rows.members(county, "happiness")
    asked(county, "number", "happiness", "--rows", expect=2)


def _mean(total: str, count: str) -> str | None:
    if count == "0":
        return None
    return str((Decimal(total) / Decimal(count)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_the_reports_of_a_night_hold_what_its_numbers_lists_and_findings_say(county: Settings) -> None:
    """Asked before anyone is taken off a list: the simulator's truth is that of the first night."""
    of_county = "where area_code = '610099'"
    numbers = {row["indicator"]: row for row in on_publication(county, f"select * from masked.indicators {of_county}")}
    steps = on_publication(county, f"select * from masked.cliff_distribution {of_county}")
    assert sum(step["off_hh"] for step in steps) == numbers["cliff_hh"]["numerator"] > 0
    assert all(step["kinds_gap"] is None for step in steps if not step["jd_hh"])
    with (county.home / "truth" / "cliff.csv").open(encoding="utf-8", newline="") as stream:
        truth = {tuple(row.values()) for row in csv.DictReader(stream)}
    every = on_publication(county, "select * from masked.cliff_distribution")
    assert {
        tuple(str(row[name]) for name in ("area_code", "income_from", "off_hh", "jd_hh"))
        + tuple(None if row[name] is None else f"{row[name]:.2f}" for name in ("off_kinds", "jd_kinds"))
        for row in every
    } == {
        (area, step, off, jd, _mean(off_lists, off), _mean(jd_lists, jd))
        for area, step, off, off_lists, jd, jd_lists in truth
    }
    [month] = on_publication(county, "select * from masked.dibao_monthly")
    rate = numbers["dibao_rural_rate"]
    assert (month["people"], month["rural_people"]) == (rate["numerator"], rate["denominator"])
    assert (month["month"], month["change_people"]) == ("2020-06", None)
    ledger = on_publication(county, "select * from masked.school_ledger")
    assert {row["person_uid"] for row in ledger} == {
        row["subject_key"] for row in work_lists.rows(county, "school_ledger")
    }
    assert {row["guardian_name"][1:] for row in ledger if row["guardian_name"]} == {"**"}
    buckets = on_publication(county, f"select * from masked.match_buckets {of_county} and bucket <> 'both'")
    told = on_publication(
        county, "select detail, count(*) as subjects from masked.mismatches where rule_id = 'R006' group by detail"
    )
    assert {f"{row['feed']}.{row['bucket']}": row["subjects"] for row in buckets} == {
        row["detail"]: row["subjects"] for row in told
    }


def test_every_household_in_scope_has_one_card_and_is_on_its_list(county: Settings) -> None:
    cards = {row["indicator"]: row["numerator"] for row in reports.indicators(county) if row["area_level"] == "county"}
    listed = {row["list_id"]: row["subjects"] for row in asked(county, "lists")}
    on_lists: set[str] = set()
    for card in ("card_red", "card_yellow", "card_green", "card_blue", "card_review"):
        rows = work_lists.rows(county, card)
        assert len(rows) == cards[card] == listed.get(card, 0)
        subjects = {row["subject_key"] for row in rows}
        assert not subjects & on_lists
        on_lists |= subjects


def test_a_list_made_of_a_rule_holds_that_rule_s_subjects_with_reason_and_age(county: Settings) -> None:
    overdue = {row["subject_key"] for row in reports.mismatches(county, rule="R104")}
    rows = asked(county, "lists", "dangerous_house")
    assert overdue
    assert {row["subject_key"] for row in rows} == overdue
    assert all(row["reason"] and row["age_days"] >= 0 and row["subject_label"][1:3] == "**" for row in rows)


@pytest.fixture(scope="module")
def previewed(county: Settings, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What flips with another upper end of the card band, and with values that no document gives."""
    values = tmp_path_factory.mktemp("values") / "values.csv"
    values.write_text(
        "param_id,area_prefix,valid_from,value\nedge_high,610099,,6000\ndibao_avg_min,610099,,210.01\n"
        'medical_scheme_layers,610099,,"basic,serious"\ntap_rate_min,610099,,1\nsafe_housing_county_min,610099,,0.97\n',
        encoding="utf-8",
    )
    before = reports.manifest(county)
    found = asked(county, "preview", "--policy", str(values), expect=1)
    assert reports.manifest(county) == before
    return found


def test_rules_that_wait_for_a_value_run_as_soon_as_a_policy_file_gives_it(county: Settings, previewed: Any) -> None:
    waiting = {"R086", "R132", "R143"}
    status = {row["rule_id"]: row for row in on_publication(county, "select * from masked.rule_status")}
    assert {rule for rule in waiting if status[rule]["status"] == "not_run"} == waiting
    found = {row["subject_key"]: row for row in previewed["flips"] if row["kind"] == "finding"}
    rules = {row["field"].split(".")[0] for row in found.values()}
    assert waiting | {"R108"} <= rules
    assert "dibao_avg_amt|610099" in found
    assert "tap_rate|610099" in found
    assert "rural_safe_house_rate|610099" in found
    numbers = {row["subject_key"] for row in previewed["flips"] if row["kind"] == "number"}
    assert "rural_safe_house_rate|610099" in numbers


def test_another_policy_value_tells_who_flips_and_changes_nothing(county: Settings, previewed: Any) -> None:
    found = previewed
    incomes = {row["household_key"]: row for row in on_publication(county, "select * from masked.one_table_household")}
    cards = {row["subject_key"]: row for row in found["flips"] if row["kind"] == "card"}
    assert cards
    for key, flip in cards.items():
        assert 5000 < incomes[key]["npc"] <= 6000
        assert flip["before"] == incomes[key]["card"]
        assert flip["after"] in {"yellow", "blue"}
    numbers = {row["subject_key"] for row in found["flips"] if row["kind"] == "number"}
    assert "card_yellow|610099" in numbers
    assert not list(county.work.glob("candidate-preview*"))


def test_a_preview_of_an_unknown_parameter_is_refused(county: Settings, tmp_path: Path) -> None:
    values = tmp_path / "values.csv"
    values.write_text("param_id,value\nhappiness,1\n", encoding="utf-8")
    asked(county, "preview", "--policy", str(values), expect=2)


def test_the_next_night_says_what_changed_and_which_feed_brought_it(county: Settings) -> None:
    assert asked(county, "changes") == []
    insured = next(
        row
        for row in on_publication(county, "select * from masked.one_table_person order by person_uid")
        if row["insured_state"] == "insured" and row["school_state"] == "not_due"
    )
    next_day = AS_OF + timedelta(days=1)
    withdraw(county, "medical/enrolments", insured["person_key"], next_day)
    renew(county, "housing/appraisals", next_day)
    first = reconcile(county, next_day)
    assert first.outcome == "published", first.problem
    told = {(row["kind"], row["field"], row["subject_key"]): row for row in asked(county, "changes")}
    flag = told["fact", "insured_state", insured["person_uid"]]
    assert (flag["before"], flag["after"], flag["cause"]) == ("insured", "unknown", "medical/enrolments")
    assert told["finding", "R081", insured["person_uid"]]["cause"] == "medical/enrolments"
    assert told["number", "ins_paid_persons", "ins_paid_persons|610099"]["cause"] == "medical/enrolments"
    assert {row["cause"] for key, row in told.items() if key[1] == "card_blue"} <= {"日期推移"}
    again = reconcile(county, next_day, force=True)
    assert again.export_sha256 == first.export_sha256
    assert {(row["kind"], row["field"], row["subject_key"]): row for row in asked(county, "changes")} == told


def test_days_on_a_list_count_from_the_night_that_first_found_it_not_from_the_newest_file(county: Settings) -> None:
    (newest,) = {
        str(row["since_on"]) for row in on_publication(county, "select * from masked.work_lists")
        if row["list_id"] == "dangerous_house"
    }  # fmt: skip
    assert newest == (AS_OF + timedelta(days=1)).isoformat()
    before = {row["subject_key"] for row in asked(county, "lists", "dangerous_house", "--as-of", AS_OF.isoformat())}
    rows = asked(county, "lists", "dangerous_house")
    assert before & {row["subject_key"] for row in rows}
    for row in rows:
        known = row["subject_key"] in before
        assert (row["since_on"], row["age_days"]) == ((AS_OF.isoformat(), 1) if known else (newest, 0))


def test_a_rule_added_from_outside_the_tree_is_found_listed_and_documented(county: Settings, tmp_path: Path) -> None:
    project = shutil.copytree(DBT_PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    (project / "models" / "rules" / "rule_r900_card_known.sql").write_text(
        """-- Grain: one row per register household whose card is red.
select
    'R900' as rule_id,
    '' as detail,
    'warn' as verdict,
    'household' as subject_type,
    household.household_key as subject_key,
    {{ household_label('household') }} as subject_label,
    household.area_code,
    'registry' as owner,
    '逐户帮扶' as expected,
    '红卡户' as actual,
    null as difference,
    'text' as value_class,
    household.reg_evidence as evidence,
    null as counter_evidence
from {{ ref('int_households') }} as household
where household.card = 'red'
""",
        encoding="utf-8",
    )
    with (project / "seeds" / "rules.csv").open("a", encoding="utf-8") as seed:
        seed.write(
            "R900,红卡户逐户帮扶,对红卡户重点通过产业就业帮扶,D4 湘阴办发〔2020〕8号,L,minor,registry,帮扶不落一方,30,"
            "请落实帮扶措施。,registry/households registry/persons,,,true\n"
        )
    assert rule_models.main(["--project", str(project)]) == 0
    day = AS_OF + timedelta(days=2)
    assert reconcile(county, day, project=project).outcome == "published"
    red = {row["subject_key"] for row in work_lists.rows(county, "card_red")}
    assert red
    assert {row["subject_key"] for row in reports.mismatches(county, rule="R900")} == red
    (status,) = on_publication(county, "select * from masked.rule_status where rule_id = 'R900'")
    assert (status["status"], status["mismatch_count"]) == ("run", len(red))
    with publish.opened(county, reports.publication_folder(county) / publish.MASKED) as con:
        page = catalogue.render(con, reports.manifest(county), "测试县", project)
    assert "红卡户逐户帮扶" in page
    assert "对红卡户重点通过产业就业帮扶" in page
    assert "rule_r900_card_known" in (project / "models" / "rules" / "_rules.yml").read_text(encoding="utf-8")


def test_the_catalogue_finds_rules_numbers_lists_values_and_columns_by_chinese_words(county: Settings) -> None:
    with publish.opened(county, reports.publication_folder(county) / publish.MASKED) as con:
        page = catalogue.render(con, reports.manifest(county), "测试县", DBT_PROJECT)
    entries = list(catalogue.entries_of(DBT_PROJECT, {}))
    for word, kind, code in (
        ("参保缴费", "规则", "R081"),
        ("安全住房率", "指标", "safe_house_rate"),
        ("应保未保", "名单", "due_not_covered"),
        ("30日内兑付", "政策参数", "retrofit_subsidy_days"),
        ("身份证号", "报表的列", "medical/enrolments.id_no"),
    ):
        found = [one for one in entries if word in f"{one.title}{one.quote}{one.facts}" and one.kind == kind]
        assert code in {one.code for one in found}, word
    assert all(one.quote and one.document for one in entries if one.kind in {"规则", "指标", "名单"})
    assert page.count("<article") == len(entries)
    assert not re.search(r"<(script|link|img)\b[^>]*(src|href)=", page)


def test_housing_gets_its_monthly_report_with_every_month_checked(county: Settings) -> None:
    rows = on_publication(county, "select * from masked.retrofit_monthly order by area_code, report_month")
    months = [row["report_month"] for row in rows if row["area_code"] == "610099"]
    assert months == [f"2020{month:02d}" for month in range(1, len(months) + 1)]
    for row in rows:
        assert row["paid"] <= row["accepted"] <= row["completed"] <= row["started"] <= row["task"]
    last = [row for row in rows if row["area_code"] == "610099"][-1]
    numbers = {row["indicator"]: row["numerator"] for row in reports.indicators(county) if row["area_code"] == "610099"}
    assert (last["task"], last["started"], last["completed"]) == tuple(
        numbers[name] for name in ("retro_task", "retro_started", "retro_done")
    )
    (report,) = (county.outbox / "housing").glob("*危改月报_202007*.xlsx")
    lines = CalamineWorkbook.from_path(str(report)).get_sheet_by_name("危改月报").to_python()
    assert lines[3][:4] == ["月份", "地区", "任务户数", "开工户数"]
    assert len(lines) == 4 + len(rows)
    wrong = [line for line in lines[4:] if line[-1] != "相符"]
    assert len(wrong) == sum(not row["is_monotone"] for row in rows)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (["number", "no_such_rate"], "没有指标 no_such_rate"),
        (["number", "ins_rate", "--area", "甲镇"], "没有区划 甲镇"),
        (["number", "ins_rate", "--rows", "--area", "610098"], "没有区划 610098"),
        (["mismatches", "--rule", "r081"], "没有规则 r081"),
        (["mismatches", "--owner", "医保"], "没有责任单位 医保"),
        (["lists", "card_purple"], "没有名单 card_purple"),
        (["lists", "card_red", "--area", "999"], "没有区划 999"),
        (["totals", "nothing"], "没有控制数 nothing"),
        (["changes", "people"], "没有变化种类 people"),
        (["issues", "--state", "open"], "没有状态 open"),
        (["issues", "--dept", "医保局", "--rows"], "没有责任单位 医保局"),
    ],
)
def test_a_question_with_an_unknown_word_is_not_answered_with_none(
    county: Settings, question: list[str], said: str
) -> None:
    done = CliRunner().invoke(app, question, env={"ONETABLE_HOME": str(county.home)})
    assert isinstance(done.exception, known_words.UnknownWordError)
    assert said in str(done.exception)


def test_a_question_that_nobody_answers_to_is_answered_with_none(county: Settings) -> None:
    """The words exist; that there is nothing is the answer."""
    assert asked(county, "mismatches", "--rule", "R081", "--area", "610099", "--owner", "water") == []
    assert asked(county, "changes", "card") == []
    assert asked(county, "issues", "--state", "waived") == []


def test_a_list_without_its_rule_is_not_shown_as_empty(county: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    not_run = [{"rule_id": "R140", "title": "错保", "reason": "从未收到:civil_affairs/dibao"}]
    monkeypatch.setattr(work_lists, "rules_not_run", lambda *_: not_run)
    for words in (["lists"], ["lists", "covered_not_due"]):
        done = CliRunner().invoke(app, words, env={"ONETABLE_HOME": str(county.home)})
        assert "未运行:R140 错保" in done.stdout
    done = CliRunner().invoke(app, ["lists", "card_red"], env={"ONETABLE_HOME": str(county.home)})
    assert "未运行" not in done.stdout


def test_a_difference_and_its_issue_tell_the_same_date(county: Settings) -> None:
    def told(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
        """Rows without evidence of their own (of who is missing from a list) are several of one rule."""
        return Counter((row["rule_id"], row["evidence"], row["due_on"]) for row in rows)

    rows = asked(county, "mismatches")
    assert told(rows) == told(asked(county, "issues"))
    assert [row["due_on"] for row in rows] != [row["due_on"] for row in reports.mismatches(county)], "rules' days"
    today = str(reports.manifest(county)["as_of"])
    shown = asked(county, "mismatches", "--as-of", today, "--rule", "R081")
    assert shown == [row for row in rows if row["rule_id"] == "R081"]
    assert shown
