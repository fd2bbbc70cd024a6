"""What the county's officers see when one household after another is out of order in one way each.

Every expected mismatch and number is worked out by hand from the rule's text, never by running the rules.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, findings, numbers, rows
from tests.builders.landed import HILL, RIVER, WATER, County, deliver, key_of

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2020, 6, 30)
ADULT, PUPIL = "1965-03-12", "2008-09-01"
STAY = {
    "village_code": HILL, "settle_id": "JS1", "hospital": "测试县人民医院", "place": "local", "referred": "0",
    "admitted_on": "2020-06-01", "discharge_on": "2020-06-09", "settled_on": "2020-06-09", "total": "8000.00",
    "paid_basic": "5200.00", "paid_serious": "600.00", "paid_special": "300.00", "paid_aid": "500.00",
    "paid_hospital": "200.00", "paid_fiscal": "100.00", "paid_cash": "1100.00", "deposit": "0.00", "one_stop": "1",
}  # fmt: skip

NO_AID, NO_CERTIFICATES = "缺少数据:education/aid_payments", "缺少数据:civil_affairs/disability"
NOT_RUN = {
    "R020": "名单未提供:贫困户产业项目台账",
    "R036": "名单未提供:车辆、企业登记、商品房、财政供养、养老金比对名单",
    "R021": "名单未提供:县退出核查表", "R022": "名单未提供:村退出核查表(水、电、路、卫生、文化、广电)",
    "R031": "名单未提供:家庭收入明细(项目、时间、金额)", "R049": "缺少数据:civil_affairs/tekun",
    "R053": "名单未提供:“回头看”核查结果名单", "R086": "缺少政策参数:medical_scheme_layers",
    "R101": "缺少数据:housing/department_totals", "R124": NO_AID, "R125": NO_AID, "R128": NO_AID,
    "R132": "缺少政策参数:tap_rate_min", "R141": "缺少政策参数:low_income_line", "R143": "缺少政策参数:dibao_avg_min",
    "R147": NO_CERTIFICATES, "R148": NO_CERTIFICATES, "R149": NO_CERTIFICATES,
}  # fmt: skip
"""What that county lacks: lists no feed brings, values no document states for it, feeds it was not sent."""


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county in which everything agrees."""
    folder = tmp_path_factory.mktemp("in_order")
    county = County()
    county.household("H01", ("测甲一", ADULT), ("测甲二", PUPIL))
    county.household("H02", ("测乙一", ADULT), village=WATER, npc="3890.00", attr="dibao", status="not_out")
    county.allowance("DB01", "测乙一", village=WATER)
    county.household("H03", ("测丙一", ADULT), village=RIVER, npc="5000.00")
    county.add("registry/edge_households", hh_no="E01", name="测丁一", head_name="测丁一", relation="01",
               hh_kind="edge", npc="4800.00", village_code=RIVER)  # fmt: skip
    county.add("housing/retrofits", hh_no="H03", head_name="测丙一", village_code=RIVER, project_no="W1",
               batch_year="2020", mode="repair", progress="4", started_on="2020-03-23",
               completed_on="2020-04-10", accepted_on="2020-04-20", accepted_ok="1", due_amt="10000.00",
               payment_no="1", paid_on="2020-05-20", paid_amt="10000.00", channel="一卡通",
               account_holder="测丙一", account_holder_norm="测丙一")  # fmt: skip
    county.add("water/village_supplies", supply_no="GS1", supply_name="甲山供水站", tested_on="2020-05-18", result="ok")
    for values in (
        {"indicator": "ins_rate", "area_code": "610099", "value": "1.0000"},
        {"indicator": "ins_paid_persons", "area_code": "610099101", "value": "3"},
        {"indicator": "special_rate", "area_code": "610099", "value": "0.5"},
    ):
        county.add("medical/department_totals", **values)
    county.add("medical/inpatient_claims", name="测甲一", **STAY)
    for day in ("2020-03-12", "2020-06-11"):
        county.add("medical/chronic_visits", name="测甲一", village_code=HILL, disease="htn", visit_on=day,
                   registered_on="2018-03-01", contract_from="2020-01-05", checkup_on="2020-03-12")  # fmt: skip
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, date(2020, 6, 28))
    return build(folder, folder / "warehouse.duckdb", DAY, with_tests=True)


def test_a_county_in_order_has_no_mismatch(in_order: Path) -> None:
    """H02 lives on 3890 a year, below the line, and is recorded as not yet out: its income is no difference."""
    assert findings(in_order) == set()


def test_a_county_in_order_runs_every_rule_that_has_what_it_needs(in_order: Path) -> None:
    status = rows(in_order, "select rule_id, status, reason from marts.rule_status order by rule_id")
    told = {row["rule_id"]: (row["status"], row["reason"]) for row in status if row["reason"]}
    remarks = {"R002": "1条自报数的指标本期未计算,未比对", "R094": "1次住院未填诊断,费用未比对"}
    assert told == {rule: ("run", remark) for rule, remark in remarks.items()} | {
        rule: ("not_run", reason) for rule, reason in NOT_RUN.items()
    }
    assert {row["status"] for row in status if row["rule_id"] not in NOT_RUN} == {"run"}


def test_a_county_in_order_has_these_numbers(in_order: Path) -> None:
    expected = {
        "jd_hh": (3, None), "jd_persons": (4, None), "not_out_persons": (1, None), "edge_hh": (1, None),
        "ins_rate": (4, 4), "ins_paid_persons": (4, None), "ins_unpaid_persons": (0, None),
        "safe_house_rate": (3, 3), "retro_started": (1, None), "retro_done": (1, None), "retro_paid": (1, None),
        "in_school_rate": (1, 1), "dropout_persons": (0, None), "home_persons": (0, None),
        "water_safe_rate": (4, 4), "water_safe_full": (4, 4),
        "dibao_cover_rate": (1, 1), "dibao_persons": (1, None), "dibao_jd_persons": (1, None),
        "card_red": (1, None), "card_yellow": (1, None), "card_green": (1, None), "card_blue": (1, None),
        "card_review": (0, None), "chronic_rate": (1, 1),
    }  # fmt: skip
    found = numbers(in_order)
    assert {name: found[name] for name in expected} == expected
    assert numbers(in_order, WATER)["in_school_rate"] == (0, 0)
    empty = rows(
        in_order, f"select value from marts.indicators where indicator = 'in_school_rate' and area_code = '{WATER}'"
    )
    assert empty == [{"value": None}]


def _disorder() -> County:
    """One household for each way of being out of order; H00 is in order and stands for all others."""
    county = County()
    house, water = {"hh_no": "", "head_name": "", "village_code": HILL}, "water/household_water"

    def home(number: str, *more: tuple[str, str], **values: str) -> str:
        name = f"户主{number}"
        county.household(number, (name, ADULT), *more, **values)
        return name

    home("H00", ("在学", PUPIL))
    # R081, R087, R006 medical
    county.find("medical/enrolments", name=home("INS1"))["ins_state"] = "declined"
    county.drop("medical/enrolments", name=home("INS2"))
    county.find("medical/enrolments", name=home("INS3"))["ins_state"] = "elsewhere"
    county.find("medical/enrolments", name=home("INS4"))["ins_state"] = "unpaid"
    row = county.find("medical/enrolments", name=home("INS5"))
    row |= {"ins_state": None, "paid_on": "2020-02-01"}
    county.add("medical/enrolments", name=home("INS6"), village_code=HILL, ins_year="2020", scheme="employee",
               ins_state="paid")  # fmt: skip
    county.add("medical/enrolments", name="外人甲", village_code=HILL, ins_year="2020", scheme="basic",
               ins_state="gov_paid", person_class="jd,dibao")  # fmt: skip
    county.add("medical/enrolments", name="外人乙", village_code=HILL, ins_year="2020", scheme="basic",
               ins_state="paid", person_class="normal")  # fmt: skip
    row = county.find("medical/enrolments", name=home("INS7"))
    row |= {"person_key": "KEY-他人", "id_status": "valid"}
    county.find("medical/enrolments", name=home("INS8"))["name_norm"] = "户主INS八"
    county.find("medical/enrolments", name=home("INS9"))["village_code"] = RIVER
    county.find("medical/enrolments", name=home("INSD"))["ins_state"] = "dead"
    county.allowance("DB09", "户主INSD")
    county.find("registry/households", hh_no="INSD")["attr"] = "dibao"
    # housing
    row = county.find("housing/appraisals", hh_no="HOU1") if home("HOU1") else {}
    row |= {"grade": "C", "certified": "0"}
    row = county.find("housing/appraisals", hh_no="HOU2") if home("HOU2") else {}
    row |= {"grade": "D", "certified": "1", "safe_by": "租住"}
    row = county.find("housing/appraisals", hh_no="HOU3") if home("HOU3") else {}
    row |= {"grade": None, "appraised_on": None}
    home("HOU4")
    county.drop("housing/appraisals", hh_no="HOU4")
    row = county.find("housing/appraisals", hh_no="HOU5") if home("HOU5") else {}
    row |= {"grade": "C"}
    county.add("housing/retrofits", **house | {"hh_no": "HOU5", "head_name": "户主HOU5"}, project_no="P5",
               batch_year="2020", progress="1", started_on="2020-06-01")  # fmt: skip
    county.add("housing/appraisals", **house | {"hh_no": "OFF1", "head_name": "档外一"}, subject_class="disab",
               grade="D", appraised_on="2020-03-01")  # fmt: skip
    county.add("housing/appraisals", **house | {"hh_no": "OFF2", "head_name": "档外二"}, subject_class="other",
               grade="D", appraised_on="2020-03-01")  # fmt: skip
    for number, accepted, paid in (
        ("PAY1", "2020-04-20", "2020-05-28"),  # paid on day 38
        ("PAY2", "2020-04-20", "2020-05-20"),  # paid on day 30
        ("PAY3", "2020-05-30", None),  # day 31 without payment
        ("PAY4", "2020-05-31", None),  # day 30
        ("PAY5", "2020-06-07", None),  # day 23
        ("PAY6", "2020-06-08", None),  # day 22
    ):
        head = home(number)
        county.add("housing/retrofits", **house | {"hh_no": number, "head_name": head}, project_no=f"P{number}",
                   batch_year="2020", progress="4", accepted_on=accepted, accepted_ok="1", due_amt="10000.00",
                   paid_on=paid, paid_amt=paid and "10000.00")  # fmt: skip
    # education
    home("EDU1", ("辍学", PUPIL))
    county.find("education/enrolments", name="辍学")["status"] = "drop"
    home("EDU2", ("没学", PUPIL))
    county.drop("education/enrolments", name="没学")
    home("EDU3", ("转走", PUPIL))
    county.find("education/enrolments", name="转走")["status"] = "moved"
    home("EDU4", ("两校", PUPIL))
    county.find("education/enrolments", name="两校")["status"] = "drop"
    county.add("education/enrolments", name="两校", village_code=HILL, term="2020S", school="乙校", status="home")
    home("EDU5", ("太小", "2013-09-01"), ("太大", "2003-08-31"))
    home("EDU6", ("免学", PUPIL))
    county.find("education/enrolments", name="免学")["status"] = "exempt"
    # water
    for number, supply in (("WAT1", "BAD"), ("WAT2", "OLD"), ("WAT3", "NONE"), ("WAT4", "GOOD")):
        home(number)
        county.find(water, hh_no=number).update(mode="central", supply_no=supply)
    for supply, day, result in (
        ("BAD", "2020-05-18", "bad"), ("OLD", "2019-06-29", "ok"), ("GOOD", "2019-06-30", "ok"),
    ):  # fmt: skip
        county.add("water/village_supplies", supply_no=supply, supply_name=supply, tested_on=day, result=result)
    home("WAT5")
    county.find(water, hh_no="WAT5")["qty_ok"] = "0"
    home("WAT6")
    county.find(water, hh_no="WAT6")["access_ok"] = None
    # allowance and cards
    home("DIB1", npc="3999.99", status="not_out")
    home("DIB2", npc="4000.00", status="not_out")
    county.allowance("DB11", "外人丙", npc="3000.00")
    county.allowance("DB12", "外人丁", npc="4000.00")
    home("DIB3", attr="dibao")
    home("DIB4")
    county.allowance("DB13", "户主DIB4")
    home("CAR1", attr="tekun")
    home("CAR2", npc=None)
    home("CAR3", npc="3999.99", attr="dibao")
    county.allowance("DB14", "户主CAR3")
    home("CAR4", npc="4000.00")
    county.add("registry/edge_households", hh_no="CAR4", name="户主CAR4", head_name="户主CAR4", relation="01",
               hh_kind="edge", npc="4100.00", village_code=HILL)  # fmt: skip
    for number, npc in (("E01", "3999.99"), ("E02", "5000.00"), ("E03", "5000.01"), ("E04", None)):
        county.add("registry/edge_households", hh_no=number, name=f"边{number}", head_name=f"边{number}",
                   relation="01", hh_kind="edge", npc=npc, village_code=RIVER)  # fmt: skip
    # register
    home("REG1", ("重复", ADULT))
    home("REG2")
    county.add("registry/persons", hh_no="REG2", name="重复", id_birth_date=ADULT, birth=ADULT, relation="99")
    home("REG3")
    county.find("registry/persons", hh_no="REG3")["ins_basic"] = "0"
    county.find("registry/households", hh_no="REG3").update(dilapidated="1", water_safe="0")
    county.find(water, hh_no="REG3").update(hh_no="另号", head_name_norm="别名")
    return county


@pytest.fixture(scope="module")
def out_of_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county of :func:`_disorder`, built."""
    folder = tmp_path_factory.mktemp("out_of_order")
    county = _disorder()
    with open_warehouse(folder / "warehouse.duckdb") as con:
        medical = county.rows.pop("medical/enrolments")
        county.deliver_all(con, date(2020, 6, 28))
        deliver(con, "medical/enrolments", medical, received_on=date(2020, 6, 29), repeated_rows=[900, 901])
        deliver(
            con,
            "medical/department_totals",
            [
                {"indicator": "ins_paid_persons", "area_code": "610099", "value": "1"},
                {"indicator": "ins_unpaid_persons", "area_code": "610099", "value": "1"},
            ],
            received_on=date(2020, 6, 30),
        )
    return build(folder, folder / "warehouse.duckdb", DAY, with_tests=True)


def _row_of(candidate: Path, feed: str, name: str) -> str:
    """Where a person stands: rows are numbered in the order in which the scenario made them."""
    names = [row["name_norm"] for row in _disorder().rows[feed]]
    found = rows(candidate, f"select submission_id from marts.feed_status where sector || '/' || entity = '{feed}'")
    return f"{found[0]['submission_id']}#Sheet1!{names.index(name) + 2}"


def test_insurance_findings(out_of_order: Path) -> None:
    medical = "medical/enrolments"
    stranger, seven = (_row_of(out_of_order, medical, name) for name in ("外人甲", "户主INS7"))
    feed = stranger.split("#")[0]
    assert findings(out_of_order, ["R081", "R087"]) == {
        ("R081", "", "fail", key_of("户主INS1")),
        ("R081", "", "unknown", key_of("户主INS2")),
        ("R081", "", "fail", key_of("户主INS4")),
        ("R081", "", "unknown", key_of("户主INS7")),
        ("R087", "double_cover", "fail", key_of("户主INS6")),
        ("R087", "dead_in_dibao", "fail", key_of("户主INSD")),
        ("R087", "not_in_register", "fail", stranger),
    }
    assert {found for found in findings(out_of_order, ["R006"]) if found[1].startswith(medical)} == {
        ("R006", f"{medical}.missing", "unknown", key_of("户主INS2")),
        ("R006", f"{medical}.labelled_jd", "fail", stranger),
        ("R006", f"{medical}.id_differs", "fail", seven),
        ("R006", f"{medical}.name_differs", "fail", key_of("户主INS8")),
        ("R006", f"{medical}.dup_key", "fail", f"{feed}#Sheet1!900"),
        ("R006", f"{medical}.dup_key", "fail", f"{feed}#Sheet1!901"),
    }


def test_identity_follows_the_register_and_facts_the_sector(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R001"]) == {
        ("R001", "medical/enrolments.name", "fail", key_of("户主INS8")),
        ("R001", "medical/enrolments.village", "fail", key_of("户主INS9")),
        ("R001", "registry/persons.ins_basic", "fail", key_of("户主REG3")),
        ("R001", "registry/households.dilapidated", "fail", "REG3"),
        ("R001", "registry/households.water_safe", "fail", "REG3"),
        ("R001", "water/household_water.hh_no", "fail", "REG3"),
        ("R001", "water/household_water.head_name", "fail", "REG3"),
    }


def test_housing_findings(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R102", "R104", "R107"]) == {
        ("R107", "", "fail", "HOU1"),
        ("R107", "", "unknown", "HOU3"),
        ("R107", "", "unknown", "HOU4"),
        ("R107", "", "fail", "HOU5"),
        ("R104", "not_in_stock", "fail", "HOU1"),
        ("R104", "not_in_stock", "fail", "OFF1"),
        ("R102", "late", "fail", "PAY1"),
        ("R102", "overdue", "fail", "PAY3"),
        ("R102", "due_soon", "warn", "PAY4"),
        ("R102", "due_soon", "warn", "PAY5"),
    }


def test_school_findings(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R120"]) == {
        ("R120", "", "fail", key_of("辍学")),
        ("R120", "", "unknown", key_of("没学")),
        ("R120", "", "unknown", key_of("转走")),
    }


def test_water_findings(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R133", "R134"]) == {
        ("R133", "", "fail", "WAT1"),
        ("R133", "", "unknown", "WAT2"),
        ("R133", "", "unknown", "WAT3"),
        ("R134", "", "fail", "WAT5"),
        ("R134", "", "unknown", "WAT6"),
    }


def test_allowance_findings(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R144", "R146"]) == {
        ("R144", "jd_not_in_dibao", "fail", "DIB1"),
        ("R144", "dibao_not_in_jd", "fail", "DB11"),
        ("R146", "attr_without_dibao", "fail", "DIB3"),
        ("R146", "dibao_without_attr", "fail", "DIB4"),
    }


def test_register_and_card_findings(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R003"]) == {
        ("R003", "dup_id", "fail", key_of("重复")),
        ("R003", "edge_in_register", "fail", "CAR4"),
    }
    open_guarantee = {
        "INS1", "INS2", "INS4", "INS7", "HOU1", "HOU3", "HOU4", "HOU5", "EDU1", "EDU2", "EDU3", "WAT1", "WAT2",
        "WAT3", "WAT5", "WAT6",
    }  # fmt: skip
    assert findings(out_of_order, ["R048"]) == {
        ("R048", "guarantee_open", "fail", number) for number in open_guarantee
    } | {
        ("R048", "npc_missing", "fail", "CAR2"),
        ("R048", "npc_below_band", "fail", "CAR3"),
        ("R048", "edge_in_register", "fail", "CAR4"),
        ("R048", "off_below_band", "fail", "E01"),
        ("R048", "off_above_band", "fail", "E03"),
        ("R048", "npc_missing", "fail", "E04"),
    }
    cards = rows(out_of_order, "select household_key, card from marts.one_table_household where card <> 'review'")
    assert {row["household_key"]: row["card"] for row in cards if row["card"] != "green"} == {
        "DIB1": "red", "DIB2": "red", "CAR4": "yellow", "E02": "blue",
    }  # fmt: skip


def test_a_reported_number_that_differs_is_owned_by_the_sector_that_sent_it(out_of_order: Path) -> None:
    assert findings(out_of_order, ["R002"]) == {("R002", "", "fail", "ins_paid_persons|610099")}
    found = rows(out_of_order, "select owner, actual from marts.mismatches where rule_id = 'R002'")
    assert found == [{"owner": "medical", "actual": "1"}]


def test_no_other_bucket_is_filled(out_of_order: Path) -> None:
    others = {found for found in findings(out_of_order, ["R006"]) if not found[1].startswith("medical/")}
    assert others == {
        ("R006", "education/enrolments.missing", "unknown", key_of("没学")),
        ("R006", "housing/appraisals.missing", "unknown", "HOU4"),
        ("R006", "water/household_water.name_differs", "fail", "REG3"),
    }
