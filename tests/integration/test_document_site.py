"""The site an officer reads: complete, searchable, self-contained, and without a single person in it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from pipeline.ledger.questions import list_issues
from pipeline.night.reconcile import reconcile
from pipeline.pages.document import document
from pipeline.publication import publish
from pipeline.settings import Settings
from tests.builders.browser import PACKAGES, programs, reading
from tests.integration.candidate_builder import (
    AS_OF,
    CANARY_ID,
    CANARY_NAME,
    a_home,
    a_mismatch,
    a_person,
    a_project,
    a_submission,
    good_marts,
    quick_build,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("pipeline.candidate.build.build", quick_build)
    home = a_home(tmp_path)
    a_submission(home, "medical-enrolments-000000000001")
    return home


def a_site(settings: Settings, tmp_path: Path, marts: dict | None = None) -> dict:
    project = a_project(tmp_path, marts)
    assert reconcile(settings, AS_OF, project=project).outcome == "published"
    return document(settings, project=project)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_the_index_shows_the_numbers_the_debts_and_the_way_to_the_docs(settings: Settings, tmp_path: Path) -> None:
    found = a_site(settings, tmp_path)
    assert {name: page["error"] for name, page in found["pages"].items()} == {
        "gx": None,
        "dbt": None,
        "catalogue": None,
        "identity": None,
        "index": None,
    }
    index = text_of(settings.site / "index.html")
    manifest = publish.manifest(publish.current(settings))
    expected = ("测试县 一张表", "2020-06-30", "50.00%", "参保率", "R081", "贫困人口参加基本医疗保险")
    for words in (*expected, manifest["export_sha256"]):
        assert words in index
    for href in ("catalogue.html", "dbt/index.html", "gx/index.html"):
        assert f'href="{href}"' in index
        assert (settings.site / href).is_file()


def test_the_index_tells_the_date_that_the_departments_list_tells(settings: Settings, tmp_path: Path) -> None:
    """The stage ends on 06-30: the 30 days of the rule alone would end in July."""
    a_site(settings, tmp_path)
    [row] = re.findall(r'href="#R081">.*?</tr>', text_of(settings.site / "index.html"))
    told = min(str(issue["due_on"]) for issue in list_issues(settings) if issue["rule_id"] == "R081")
    assert told == "2020-06-30"
    assert re.findall(r"\d{4}-\d\d-\d\d", row) == [told]


def test_the_dictionary_lists_what_departments_send(settings: Settings, tmp_path: Path) -> None:
    a_site(settings, tmp_path)
    index = text_of(settings.site / "index.html")
    assert "<code>medical/enrolments.id_no</code>" in index
    assert 'data-table="dictionary-table"' in index


def test_small_counts_of_a_village_are_not_shown(settings: Settings, tmp_path: Path) -> None:
    marts = good_marts()
    for number, name in ((2, "大村"), (3, "中村")):
        area = f"61009910120{number}"
        marts["one_table_village"].append({"area_code": area, "area_name": name, "person_count": 1000 * number})
    a_site(settings, tmp_path, marts)
    index = text_of(settings.site / "index.html")
    rows = dict(re.findall(r'<th scope="row">(\S+村)<br>.*?<td class="n">(.*?)</td>', index))
    assert rows == {"测试村": "＜10", "大村": "※", "中村": "3,000"}


def test_nobody_stands_in_the_site_and_nothing_is_loaded_from_elsewhere(settings: Settings, tmp_path: Path) -> None:
    marts = good_marts()
    marts["one_table_person"][1]["name"] = CANARY_NAME
    a_site(settings, tmp_path, marts)
    pages = list(settings.site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = text_of(page)
        assert not re.search(r"<(script|link|img)\b[^>]*(src|href)=[\"']https?://", text), page
        assert "Content-Security-Policy" in text, page
        if page.parent.name != "dbt":
            assert CANARY_NAME not in text, page
            assert CANARY_ID not in text, page


def test_a_run_that_was_held_is_told_on_the_page_of_the_old_one(settings: Settings, tmp_path: Path) -> None:
    a_site(settings, tmp_path)
    a_submission(settings, "medical-enrolments-000000000002", seq=2)
    marts = good_marts()
    marts["one_table_person"].append(a_person(1))
    marts["mismatches"].append(a_mismatch(3, actual=CANARY_ID))
    project = a_project(tmp_path, marts)
    assert reconcile(settings, AS_OF, project=project).outcome == "held"
    document(settings, project=project)
    index = text_of(settings.site / "index.html")
    assert "没有取代本次发布" in index
    assert CANARY_ID not in index
    assert CANARY_ID not in "".join(text_of(page) for page in (settings.site / "gx").rglob("*.html"))


def test_a_first_night_that_was_held_shows_why_though_nothing_is_published(settings: Settings, tmp_path: Path) -> None:
    marts = good_marts()
    marts["one_table_person"].append(a_person(1))
    project = a_project(tmp_path, marts)
    assert reconcile(settings, AS_OF, project=project).outcome == "held"
    assert document(settings, project=project)["pages"].keys() == {"gx"}
    assert "不合格" in text_of(settings.site / "gx" / "index.html")
    assert not (settings.site / "index.html").exists()


def test_a_page_that_cannot_be_written_is_told_and_keeps_its_last_version(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a_site(settings, tmp_path)
    before = text_of(settings.site / "index.html")

    def broken(*_: object) -> str:
        raise ValueError(CANARY_ID)

    monkeypatch.setattr("pipeline.pages.portal.render", broken)
    found = document(settings, project=a_project(tmp_path, None))
    assert found["pages"]["index"]["error"] == "ValueError"
    assert text_of(settings.site / "index.html") == before
    assert "page index was not written" in caplog.text
    assert CANARY_ID not in caplog.text


_CUT_OFF = "return [...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
_PAPER_PIXELS = 703
"""A4 upright, less its margins: not every printer turns the sheet as the page asks it to."""


@pytest.mark.skipif(programs() is None, reason=f"needs a browser: apt-get install {PACKAGES}")
def test_no_column_is_cut_off_on_paper(settings: Settings, tmp_path: Path) -> None:
    marts = good_marts()
    for row in marts["indicators"]:
        row["title"] = row["population"] = "not_out_ready_rate_" * 3
    a_site(settings, tmp_path, marts)
    with reading() as reader:
        reader.open((settings.site / "index.html").as_uri())
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        sheet = {"width": _PAPER_PIXELS, "height": 730, "deviceScaleFactor": 1, "mobile": False}
        reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sheet)
        assert reader.driver.execute_script(_CUT_OFF) == 0
        assert not [one for one in reader.driver.find_elements("css selector", "nav, label") if one.is_displayed()]


def test_every_check_of_the_gates_is_listed_in_chinese_and_opens_its_page(settings: Settings, tmp_path: Path) -> None:
    a_site(settings, tmp_path)
    gx = settings.site / "gx"
    page = text_of(gx / "index.html")
    rows = re.findall(r'<td><a href="([^"]+)">([^<]+)</a></td><td>([^<]*)</td><td(?: class="bad")?>([^<]+)</td>', page)
    assert {result for *_, result in rows} <= {"合格", "不合格", "未能检查"}
    assert ("任何规则的不符比例不超过 80%", "严重") in {(title, severity) for _, title, severity, _ in rows}
    for href, title, _, _ in rows:
        assert (gx / unquote(href)).is_file(), href
        assert title in text_of(gx / unquote(href))
    assert not [path.name for path in gx.rglob("*.html") if "<script" in text_of(path)]
