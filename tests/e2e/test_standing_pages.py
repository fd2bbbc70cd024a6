"""What an officer sees in a browser: Airflow's own pages and the site of the publication."""

from __future__ import annotations

import json

import pytest

from service.standing import running
from tests.builders.browser import PACKAGES, Reader, programs, reading
from tests.builders.standing_home import SECOND_FILE_SECONDS, Standing

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(programs() is None, reason=f"needs a browser: apt-get install {PACKAGES}"),
]

DAY = "2020-07-01"
_SHOWN = "return [...document.querySelectorAll('article')].filter(one => one.offsetParent).map(one => one.innerText)"


def sign_in(reader: Reader, home: Standing) -> str:
    record = running(home.home)
    assert record
    password = json.loads((home.home / "airflow" / "password.json").read_text(encoding="utf-8"))["admin"]
    reader.open(record["url"])
    reader.see("input[name=username]").send_keys("admin")
    reader.see("input[name=password]").send_keys(password)
    reader.see("button[type=submit]").click()
    reader.see("nav, a[href='/dags']")
    return str(record["url"])


def fill_in(reader: Reader, at: int, hour: str) -> None:
    """One end of the range, typed into the little calendar that opens."""
    reader.see("[role=dialog] [data-testid=datetime-input]", at).click()
    reader.see("input[placeholder='YYYY/MM/DD']").send_keys(DAY.replace("-", "/"))
    clock = reader.see("input[placeholder='HH:mm']")
    clock.clear()
    clock.send_keys(hour)
    reader.see("[role=dialog] header, [role=dialog] h2").click()
    reader.miss("input[placeholder='HH:mm']")


def test_a_backfill_asked_for_in_airflows_pages_publishes_that_day(first_night: Standing) -> None:
    with reading() as reader:
        url = sign_in(reader, first_night)
        reader.open(f"{url}/dags/reconcile")
        reader.see("[data-testid=trigger-dag-button]").click()
        reader.see("[role=dialog] label:has(input[value=backfill])").click()
        fill_in(reader, 0, "00:00")
        fill_in(reader, 1, "23:00")
        reader.press("[role=dialog] button", -1)

        def is_over() -> bool:
            runs = [run for run in first_night.runs("reconcile") if run["run_type"] == "backfill"]
            assert "failed" not in {run["state"] for run in runs}, first_night.report()
            return [run["state"] for run in runs] == ["success"]

        first_night.wait_until("the backfill is over", is_over, SECOND_FILE_SECONDS)
    assert first_night.manifest()["as_of"] == DAY


def test_the_site_reads_without_a_complaint_and_asks_nobody_else(first_night: Standing) -> None:
    record = running(first_night.home)
    assert record
    with reading() as reader:
        reader.open(record["site"])
        assert "一张表" in reader.see("h1").text
        reader.see("a[href='catalogue.html']").click()
        reader.see("input[type=search], input").send_keys("参保")
        shown = reader.driver.execute_script(_SHOWN)
        assert 0 < len(shown) < 200
        assert all("参保" in text for text in shown)
        reader.open(f"{record['site']}/gx/index.html")
        reader.see("td a").click()
        reader.see("table")
        reader.open(f"{record['site']}/identity.html")
        assert "身份核实" in reader.see("h1").text
        assert reader.complaints() == []
        reader.open(f"{record['site']}/dbt/index.html#!/model/model.one_table.one_table_person")
        assert "一张表" in reader.see("[marked], .panel-body, app-model, .app-content").text
        assert reader.hosts() == {"127.0.0.1"}
