"""What health officers see of inpatient settlements and chronic patients, from what landed to the mismatch list.

The rows are those of the feed specification; every expected finding is worked out by hand from the rule's text.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.warehouse import open_warehouse
from tests.builders.dbt_project import build, findings, rows
from tests.builders.landed import WATER, County, key_of

if TYPE_CHECKING:
    from pathlib import Path

DAY, ADULT = date(2020, 6, 30), "1965-03-12"
STAYS, CHRONIC = ("R083", "R084", "R085", "R088", "R094"), ("R089", "R090")
LAYERS = ("paid_basic", "paid_serious", "paid_special", "paid_aid", "paid_hospital", "paid_fiscal")


def _stay(county: County, key: str, name: str, total: str, *paid: str, **values: str | None) -> None:
    county.add(
        "medical/inpatient_claims",
        **{
            "name": name, "row_key": key, "settle_id": key, "hospital": "测试县人民医院", "place": "local",
            "referred": "0", "admitted_on": "2020-06-01", "discharge_on": "2020-06-09", "total": total,
            "deposit": "0.00", "one_stop": "1",
        },
        **dict(zip(LAYERS, paid, strict=True)),
        **values,
    )  # fmt: skip


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people of the register, their stays and their chronic diseases."""
    folder = tmp_path_factory.mktemp("hospital")
    county = County()
    county.household("H01", ("测甲一", ADULT))
    county.household("H02", ("测乙一", ADULT), village=WATER)
    county.household("H03", ("测丙一", ADULT))
    county.rows["medical/inpatient_claims"] = []
    _stay(county, "JS1", "测甲一", "8000.00", "5200.00", "600.00", "300.00", "500.00", "200.00", "100.00")
    _stay(county, "JS2", "测乙一", "20000.00", "11000.00", "3000.00", "1000.00", "1500.00", "0.00", "0.00")
    county.rows["medical/inpatient_claims"][-1] |= {"place": "city", "referred": "1", "one_stop": "0"}
    _stay(county, "JS3", "测丙一", "3000.00", "2000.00", "0.00", "0.00", "300.00", "0.00", "0.00")
    county.rows["medical/inpatient_claims"][-1] |= {"deposit": "500.00", "in_scope": "2500.00"}
    _stay(county, "JS5", "测丙一", "100.00", "90.00", "0.00", "0.00", "0.00", "0.00", "0.00")
    county.rows["medical/inpatient_claims"][-1] |= {"hospital": "甲镇卫生院", "admitted_on": "2020-06-08"}
    _stay(county, "JS4", "外人甲", "3000.00", "0.00", "0.00", "0.00", "0.00", "0.00", "0.00")
    county.find("registry/persons", name="测丙一")["health"] = "02"
    chronic = {"village_code": WATER, "registered_on": "2018-03-01", "contract_from": "2020-01-05"}
    county.add("medical/chronic_visits", name="测甲一", disease="htn", visit_on="2020-03-12", **chronic)
    county.add("medical/chronic_visits", name="测甲一", disease="dm", visit_on="2020-03-12", **chronic)
    county.add("medical/chronic_visits", name="测乙一", disease="dm", registered_on="2020-04-10", village_code=WATER)
    with open_warehouse(folder / "warehouse.duckdb") as con:
        county.deliver_all(con, date(2020, 6, 28))
    return build(folder, folder / "warehouse.duckdb", DAY)


def test_the_stays_of_the_specification_are_judged_as_it_says(hospital: Path) -> None:
    assert findings(hospital, STAYS) == {
        ("R083", "below", "fail", "JS3"),
        ("R088", "deposit", "fail", "JS3"),
        ("R088", "not_one_stop", "fail", "JS2"),
        ("R094", "overlap", "warn", "JS5"),
    }


def test_chronic_patients_without_contract_or_behind_with_visits_are_listed(hospital: Path) -> None:
    assert findings(hospital, CHRONIC) == {
        ("R089", "not_contracted", "fail", key_of("测乙一")),
        ("R089", "not_listed", "unknown", key_of("测丙一")),
        ("R090", "behind", "warn", key_of("测甲一")),
    }


def test_both_bases_of_the_ratio_stand_beside_the_finding(hospital: Path) -> None:
    [found] = rows(hospital, "select * from marts.mismatches where rule_id = 'R083'")
    assert found["expected"] == "县域内住院综合保障报销比例不低于0.85"
    assert found["actual"] == "费用3000.00元,已报销2300.00元"
    assert found["difference"] == "按总费用0.766667,按范围内费用0.920000,本人全年按总费用0.770968"
    assert (found["owner"], found["severity"], found["due_on"]) == ("medical", "critical", date(2020, 7, 28))
    assert found["subject_label"] == "测**(户编号H03)2020-06-09出院"


def test_without_the_feed_the_rules_say_that_they_did_not_run(tmp_path: Path) -> None:
    county = County()
    county.household("H01", ("测甲一", ADULT))
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        county.deliver_all(con, date(2020, 6, 28))
    candidate = build(tmp_path, tmp_path / "warehouse.duckdb", DAY)
    status = {row["rule_id"]: row for row in rows(candidate, "select * from marts.rule_status")}
    for rules, feed in ((STAYS, "medical/inpatient_claims"), (CHRONIC, "medical/chronic_visits")):
        for rule in rules:
            assert (status[rule]["status"], status[rule]["mismatch_count"]) == ("not_run", None)
            assert status[rule]["reason"] == f"缺少数据:{feed}"
    assert findings(candidate) == set()
