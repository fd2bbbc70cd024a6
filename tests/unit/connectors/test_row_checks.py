"""What the row checks, conditions and derivations of the contracts say about single rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from connectors.contract import Feed, feeds, load_feed
from connectors.warehouse import Connection, open_work

FILE = {
    "file_period": "202006",
    "file_year": "2020",
    "file_month": "2020-06",
    "file_term": "2020S",
    "file_as_of": "2020-06-30",
    "file_received_on": "2020-07-03",
}
CLAIM = {
    "admitted_on": "2020-06-01",
    "discharge_on": "2020-06-09",
    "total": "8000.00",
    "paid_basic": "5200.00",
    "paid_serious": "600.00",
    "paid_special": "300.00",
    "paid_aid": "500.00",
    "paid_hospital": "200.00",
    "paid_fiscal": "100.00",
    "paid_cash": "1100.00",
}
REVERSED = {name: f"-{value}" for name, value in CLAIM.items() if not name.endswith("_on")}
RETROFIT = {
    "started_on": "2020-01-06",
    "completed_on": "2020-04-10",
    "accepted_on": "2020-04-20",
    "progress": "4",
    "paid_on": "2020-05-28",
    "paid_amt": "10000.00",
}
DROPPED_OUT = {"status": "drop", "drop_cause": "self", "guardian_signed_on": "2020-04-16", "evidence_id": "ZL1"}
DISABLED = {"id_no": "610099196807050221", "cert_no": "61009919680705022142", "class": "4", "level": "2"}
SURVEY = {
    "mode": "dispersed",
    "no_visible": "1",
    "no_odour": "1",
    "no_ill_effect": "1",
    "qty_ok": "1",
    "access_ok": "1",
    "final": "ok",
}
REPLY = {
    "result": "fixed",
    "corrected_value": "代缴",
    "fixed_on": "2020-06-22",
    "handler": "测经办",
    "signer": "测审核",
}
FIGURE = {"indicator": "ins_rate", "value": "0.6667", "unit": "percent", "numerator": "4", "denominator": "6"}

Row = Mapping[str, str | None]


def loaded(feed: Feed, rows: Sequence[Row]) -> Connection:
    """A staged table of ``rows`` beside the values of the file; dates are exact days unless a row says otherwise."""
    con = open_work()
    columns = feed.staged_columns()
    shape = ", ".join(f'"{column.name}" {column.sql_type}' for column in columns)
    values = ", ".join(f"'{value}' as {name}" for name, value in FILE.items())
    con.execute(f"create table staged ({shape})")
    con.execute(f"create table file as select {values}")
    days = {c.name: "day" for c in columns if c.name.endswith("_precision")}
    for number, row in enumerate(rows):
        filled = {**days, **row, "row_no": number}
        names = ", ".join(f'"{name}"' for name in filled)
        con.execute(f"insert into staged ({names}) values ({', '.join('?' * len(filled))})", list(filled.values()))
    return con


def codes_of(name: str, *rows: Row) -> list[set[str]]:
    """Codes that each row keeps, conditions of X columns included."""
    feed = load_feed(*name.split("/"))
    tests = [(check.code, check.sql) for check in feed.checks]
    tests += [("W_COND_MISSING", f"({c.when}) and {c.name} is null") for c in feed.columns if c.when]
    con = loaded(feed, rows)
    found: list[set[str]] = [set() for _ in rows]
    for code, sql in tests:
        for row_no, is_hit in con.execute(f"select row_no, {sql} from staged cross join file").fetchall():
            if is_hit:
                found[row_no].add(code)
    return found


def derived(name: str, row: Row) -> dict[str, str | None]:
    """Values that the derivations give to the blank columns of a row."""
    feed = load_feed(*name.split("/"))
    con = loaded(feed, [row])
    found: dict[str, str | None] = {}
    for item in feed.derivations:
        if row.get(item.column) is None:
            found[item.column] = con.execute(f"select {item.sql} from staged").fetchall()[0][0]
    return found


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_every_check_condition_and_derivation_runs_on_the_staged_table(feed: Feed) -> None:
    con = loaded(feed, [{}])
    for check in feed.checks:
        con.execute(f"select cast({check.sql} as boolean) from staged cross join file").fetchall()
    for column in feed.columns:
        if column.when:
            con.execute(f"select cast({column.when} as boolean) from staged cross join file").fetchall()
    for item in feed.derivations:
        kinds = con.execute(f"describe select {item.sql} as value from staged cross join file").fetchall()
        assert kinds[0][1] == "VARCHAR"


@pytest.mark.parametrize(
    ("name", "row", "codes"),
    [
        ("registry/villages", {"area_code": "610099101", "area_name": "甲镇"}, set()),
        ("registry/villages", {"area_code": "610099101201"}, {"W_COND_MISSING"}),
        ("registry/villages", {"area_code": "610099101201", "village_type": "poor"}, {"W_COND_MISSING"}),
        ("registry/villages", {"valid_from": "2020-02-01", "valid_to": "2019-01-01"}, {"R_INTERVAL"}),
        ("registry/households", {"status": "out_policy", "exit_year": "2018"}, set()),
        ("registry/households", {"status": "out_policy"}, {"W_COND_MISSING"}),
        ("registry/households", {"status": "not_out", "exit_year": "2018"}, {"W_CONFLICT"}),
        ("registry/households", {"status": "out_policy", "exit_year": "2021"}, {"W_RANGE"}),
        (
            "registry/households",
            {"status": "out_policy", "exit_year": "2014", "first_identified": "2016-11-30"},
            {"W_DATE_ORDER"},
        ),
        ("registry/persons", {"health": "01"}, set()),
        ("registry/persons", {"health": "02,04"}, set()),
        ("registry/persons", {"health": "01,04"}, {"W_CONFLICT"}),
        ("registry/edge_households", {"risk_cleared": "1", "cleared_on": "2020-06-20"}, set()),
        ("registry/edge_households", {"risk_cleared": "1"}, {"W_COND_MISSING"}),
        ("registry/edge_households", {"risk_cleared": "0", "cleared_on": "2020-06-20"}, {"W_CONFLICT"}),
        (
            "registry/edge_households",
            {"risk_cleared": "1", "cleared_on": "2020-03-01", "identified_on": "2020-03-20"},
            {"W_DATE_ORDER"},
        ),
        ("medical/enrolments", {"ins_year": "2020", "paid_on": "2020-02-20"}, set()),
        ("medical/enrolments", {"ins_year": "2020", "ins_state": "paid", "paid_on": "2019-11-02"}, set()),
        ("medical/enrolments", {"ins_year": "2021", "ins_state": "paid"}, set()),
        ("medical/enrolments", {"ins_year": "2019", "ins_state": "paid"}, {"R_PERIOD_MISMATCH"}),
        ("medical/enrolments", {"ins_year": "2020"}, {"W_COND_MISSING"}),
        ("medical/enrolments", {"ins_year": "2020", "ins_state": "unpaid"}, {"W_COND_MISSING"}),
        (
            "medical/enrolments",
            {"ins_year": "2020", "ins_state": "declined", "not_insured_why": "不愿", "paid_on": "2020-02-20"},
            {"W_CONFLICT"},
        ),
        ("medical/enrolments", {"ins_year": "2020", "ins_state": "paid", "paid_on": "2018-12-31"}, {"W_RANGE"}),
        (
            "medical/enrolments",
            {"ins_year": "2020", "ins_state": "paid", "paid_self": "250.00", "paid_gov": "30.00", "paid_total": "281"},
            {"W_SUM_MISMATCH"},
        ),
        ("medical/inpatient_claims", {**CLAIM, "place": "local"}, set()),
        ("medical/inpatient_claims", CLAIM, {"W_COND_MISSING"}),
        ("medical/inpatient_claims", {**CLAIM, "in_county": "1"}, set()),
        ("medical/inpatient_claims", {**CLAIM, "in_county": "1", "paid_aid": "600.00"}, {"W_SUM_MISMATCH"}),
        ("medical/inpatient_claims", {**CLAIM, "in_county": "1", "paid_special": None}, set()),
        ("medical/inpatient_claims", {**CLAIM, "in_county": "1", "admitted_on": "2020-06-10"}, {"R_INTERVAL"}),
        ("medical/inpatient_claims", {**CLAIM, "in_county": "1", "settled_on": "2020-06-08"}, {"W_DATE_ORDER"}),
        ("medical/inpatient_claims", {**REVERSED, "in_county": "1", "reversal": "reversal"}, set()),
        ("medical/inpatient_claims", {**REVERSED, "in_county": "1"}, {"R_AMOUNT_NEGATIVE"}),
        ("medical/chronic_visits", {"visit_on": "2020-03-12", "contract_from": "2020-01-05"}, set()),
        ("medical/chronic_visits", {"visit_on": "2020-03-12", "contract_from": "2020-04-05"}, {"W_DATE_ORDER"}),
        ("medical/chronic_visits", {"visit_on": "2019-12-20"}, {"R_PERIOD_MISMATCH"}),
        ("housing/appraisals", {"grade": "D"}, {"W_COND_MISSING"}),
        ("housing/appraisals", {"suspect": "1"}, set()),
        (
            "housing/appraisals",
            {"grade": "D", "appraised_on": "2020-04-02", "certified": "1"},
            {"W_CONFLICT", "W_COND_MISSING"},
        ),
        ("housing/appraisals", {"grade": "B", "appraised_on": "2019-01-02", "build_year": "2020"}, {"W_DATE_ORDER"}),
        ("housing/retrofits", {**RETROFIT, "batch_year": "2020"}, set()),
        ("housing/retrofits", {**RETROFIT, "batch_year": "2020", "accepted_on": "2020-04-01"}, {"W_DATE_ORDER"}),
        ("housing/retrofits", {**RETROFIT, "batch_year": "2020", "progress": "1"}, {"W_CONFLICT"}),
        ("housing/retrofits", {**RETROFIT, "batch_year": "2020", "accepted_on": None}, {"W_COND_MISSING"}),
        ("housing/retrofits", {**RETROFIT, "batch_year": "2020", "paid_amt": None}, {"W_COND_MISSING"}),
        ("education/enrolments", {"term": "2020S", "status": "in"}, set()),
        ("education/enrolments", {"term": "2020S"}, {"R_REQUIRED_BLANK"}),
        ("education/enrolments", {"term": "2019A", "status": "in"}, {"R_PERIOD_MISMATCH"}),
        ("education/enrolments", {"term": "2020S", **DROPPED_OUT}, set()),
        ("education/enrolments", {"term": "2020S", **DROPPED_OUT, "evidence_id": None}, {"W_COND_MISSING"}),
        ("education/enrolments", {"term": "2020S", "status": "in", "drop_cause": "self"}, {"W_CONFLICT"}),
        (
            "education/enrolments",
            {"term": "2020S", "status": "in", "id_no": "610099200809010337", "student_no": "G610099200809010338"},
            {"W_CONFLICT"},
        ),
        ("education/enrolments", {"term": "2020S", "status": "in", "guardian_signed": "1"}, {"W_COND_MISSING"}),
        ("education/aid_payments", {"term": "2020S", "due_amt": "500", "paid_amt": "500"}, set()),
        ("education/aid_payments", {"term": "2020S", "due_amt": "500", "paid_amt": "600"}, {"W_SUM_MISMATCH"}),
        ("education/aid_payments", {"term": "2020S", "paid_on": "2019-08-06"}, set()),
        ("education/aid_payments", {"term": "2020S", "paid_on": "2019-08-04"}, {"W_RANGE"}),
        ("civil_affairs/dibao", {"from_month": "2020-01", "to_month": "2019-12"}, {"R_INTERVAL", "W_CONFLICT"}),
        ("civil_affairs/dibao", {"from_month": "2018-07"}, set()),
        ("civil_affairs/dibao", {"from_month": "2020-07"}, {"W_CONFLICT"}),
        ("civil_affairs/tekun", {"mode": "scattered", "live_amt": "480.00"}, set()),
        ("civil_affairs/tekun", {"mode": "central", "live_amt": "480.00"}, {"W_COND_MISSING"}),
        ("civil_affairs/tekun", {"mode": "scattered", "care_amt": "120.00"}, {"W_COND_MISSING"}),
        ("civil_affairs/disability", DISABLED, set()),
        ("civil_affairs/disability", {**DISABLED, "level": "3"}, {"W_CONFLICT"}),
        ("civil_affairs/disability", {**DISABLED, "class": "1"}, {"W_CONFLICT"}),
        ("civil_affairs/disability", {**DISABLED, "id_no": "610099196503120112"}, {"W_CONFLICT"}),
        ("civil_affairs/disability", {**DISABLED, "is_dead": "1", "care_amt": "65.00"}, {"W_CONFLICT"}),
        ("water/village_supplies", {"result": "ok", "tested_on": "2020-05-18"}, set()),
        ("water/village_supplies", {"result": "ok"}, {"W_COND_MISSING"}),
        ("water/village_supplies", {"result": "bad", "tested_on": "2020-05-20"}, {"W_COND_MISSING"}),
        ("water/village_supplies", {"hh_served": "380", "pop_served": "140"}, {"W_CONFLICT"}),
        ("water/household_water", SURVEY, set()),
        ("water/household_water", {**SURVEY, "qty_ok": "0"}, {"W_CONFLICT"}),
        ("water/household_water", {**SURVEY, "access_ok": None}, {"W_COND_MISSING"}),
        ("water/household_water", {"mode": "central"}, {"W_COND_MISSING"}),
        ("medical/department_totals", FIGURE, set()),
        ("medical/department_totals", {**FIGURE, "denominator": "5"}, {"W_SUM_MISMATCH"}),
        ("medical/department_totals", {**FIGURE, "unit": "household"}, {"R_CODE_UNKNOWN"}),
        ("medical/department_totals", {**FIGURE, "period": "2020-05"}, {"R_PERIOD_MISMATCH"}),
        ("medical/department_totals", {**FIGURE, "value": None}, {"R_REQUIRED_BLANK"}),
        ("medical/department_totals", {**FIGURE, "value": None, "numerator": "0", "denominator": "0"}, set()),
        ("medical/department_totals", {**FIGURE, "numerator": "0", "denominator": "0"}, {"W_CONFLICT"}),
        ("medical/replies", REPLY, set()),
        ("medical/replies", {**REPLY, "fixed_on": None}, {"R_REQUIRED_BLANK"}),
        ("medical/replies", {**REPLY, "signer": None}, {"R_REQUIRED_BLANK"}),
        ("medical/replies", {**REPLY, "result": "wrong_owner"}, {"R_REQUIRED_BLANK"}),
    ],
)
def test_a_row_keeps_the_codes_its_contract_names(name: str, row: Row, codes: set[str]) -> None:
    assert codes_of(name, row) == [codes]


def test_dates_known_to_the_month_are_not_out_of_order_within_it() -> None:
    row = {**RETROFIT, "batch_year": "2020", "accepted_on": "2020-05-01", "accepted_on_precision": "month"}
    late_completion = {**row, "completed_on": "2020-05-20"}
    assert codes_of("housing/retrofits", late_completion) == [set()]
    assert codes_of("housing/retrofits", {**late_completion, "completed_on": "2020-06-01"}) == [{"W_DATE_ORDER"}]


def test_a_case_is_checked_over_all_its_rows() -> None:
    case = {"case_no": "DB1", "covered_count": "3", "monthly_amt": "210.00", "hh_amt": "630.00"}
    assert codes_of("civil_affairs/dibao", case, case, case) == [set(), set(), set()]
    alone = codes_of("civil_affairs/dibao", case)
    assert alone == [{"W_GROUP_CONFLICT", "W_SUM_MISMATCH"}]


@pytest.mark.parametrize(
    ("name", "row", "values"),
    [
        ("education/enrolments", {"attend": "送教上门", "school": "某校"}, {"status": "home"}),
        ("education/enrolments", {"drop_cause": "self", "school": "某校"}, {"status": "drop"}),
        ("education/enrolments", {"school": "某校"}, {"status": "in"}),
        ("education/enrolments", {}, {"status": None}),
        ("civil_affairs/dibao", {"hh_amt": "630.00", "covered_count": "3"}, {"monthly_amt": "210.00"}),
        ("civil_affairs/dibao", {"hh_amt": "630.00"}, {"monthly_amt": None}),
        (
            "civil_affairs/disability",
            {"cert_no": "61009919680705022142B"},
            {"id_no": "610099196807050221", "class": "4", "level": "2"},
        ),
        ("medical/inpatient_claims", {"med_kind": "转外诊治住院"}, {"referred": "1"}),
    ],
)
def test_a_blank_value_is_taken_from_the_other_columns(name: str, row: Row, values: Mapping[str, str | None]) -> None:
    assert derived(name, row) == values
