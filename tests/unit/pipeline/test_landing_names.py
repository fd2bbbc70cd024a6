"""Names of files, submissions and raw columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.contract import Feed, feeds, load_feed
from connectors.originals import is_ignored, natural_order
from connectors.outbox.workbook import clean_stem, mask_digits
from identity.shape import raw_select
from pipeline.receiving.ingest import feeds_in_order
from pipeline.settings import Settings
from pipeline.submission import submission_id


@pytest.mark.parametrize(
    ("file_name", "stem"),
    [
        ("610099_202006_医保.xlsx", "610099_202006_医保"),
        ("测某610099196503120112.xlsx", "测某＊"),
        ("测某61009919791130103X危房.xlsx", "测某＊危房"),
        ("../../etc/passwd", "etcpasswd"),
        ("a\u202excod.exe", "axcod"),
        (".xlsx", "文件"),
        ("很" * 200 + ".csv", "很" * 60),
    ],
)
def test_names_of_answers_hold_no_identifier_and_no_trap(file_name: str, stem: str) -> None:
    assert clean_stem(file_name) == stem


def test_area_and_period_stay_readable_in_a_masked_name() -> None:
    assert mask_digits("610099101201_20200630_名单.csv") == "610099101201_20200630_名单.csv"


def test_files_are_taken_in_the_order_a_person_would_read_them() -> None:
    names = ["a_10.csv", "a_2.csv", "b.csv", "a_1.csv", "2.csv"]
    assert sorted(names, key=natural_order) == ["2.csv", "a_1.csv", "a_2.csv", "a_10.csv", "b.csv"]


@pytest.mark.parametrize(
    "name", ["~$a.xlsx", ".a", "a.TMP", "a.part", "a.crdownload", "a.bak", "desktop.ini", "a.csv.meta.json"]
)
def test_leftovers_of_programs_are_ignored(name: str) -> None:
    assert is_ignored(name)


def test_registry_comes_first_and_replies_last() -> None:
    order = [feed.name for feed in feeds_in_order()]
    assert order[:4] == ["registry/villages", "registry/households", "registry/persons", "registry/edge_households"]
    assert all(name.endswith("/replies") for name in order[-6:])
    assert all(name.endswith("/department_totals") for name in order[-12:-6])
    assert sorted(order) == sorted(feed.name for feed in feeds())


def test_a_repeated_delivery_has_an_id_of_its_own() -> None:
    feed = load_feed("medical", "enrolments")
    sha256 = "ab" * 32
    assert submission_id(feed, sha256, 0) == "medical-enrolments-abababababab"
    assert submission_id(feed, sha256, 1) == "medical-enrolments-abababababab-2"


@pytest.mark.parametrize("feed", feeds(), ids=lambda feed: feed.name)
def test_no_raw_column_of_any_feed_is_an_identifier_in_clear(feed: Feed) -> None:
    vaulted = {column.name for column in feed.columns if column.vaulted}
    raw = {column.name for column in feed.raw_columns()}
    assert not vaulted & raw
    for line in raw_select(feed, "'s'", "'k'").split(",\n"):
        expression = line.rpartition(" as ")[0]
        assert expression.strip('" ') not in vaulted


def test_the_clock_of_a_simulated_home_is_pinned() -> None:
    settings = Settings(home=Path("x"), today=date(2020, 6, 30))
    assert settings.clock() == date(2020, 6, 30)
