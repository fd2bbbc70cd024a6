"""A home's county.toml: what it says counts, and what cannot be used is told in one line, never passed over."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline import settings as home
from pipeline.settings import SettingsError


def loaded(folder: Path, text: str, encoding: str = "utf-8") -> home.Settings:
    (folder / "county.toml").write_text(text, encoding=encoding)
    return home.load(folder)


def test_a_home_without_the_file_is_the_sample_county(tmp_path: Path) -> None:
    assert (home.load(tmp_path).county, home.load(tmp_path).closed_periods) == ("610099", frozenset())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_it_says_counts(tmp_path: Path, encoding: str) -> None:
    text = 'county_code = 6100\ncounty_name = "测市"\ntoday = 2020-06-30T10:00:00\nclosed_periods = [201912, "2019A"]\n'
    settings = loaded(tmp_path, text, encoding)
    assert (settings.county, settings.county_name, settings.today) == ("6100", "测市", date(2020, 6, 30))
    assert settings.closed_periods == {"201912", "2019A"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('county_code = "6100', "TOML"),
        ('county_code = ""', "county_code"),
        ('county_code = "abc"', "county_code"),
        ("county_code = 61009", "county_code"),
        ('today = "2020-02-30"', "today"),
        ('settle_seconds = "x"', "settle_seconds"),
        ("settle_seconds = -5", "settle_seconds"),
        ("settle_seconds = nan", "settle_seconds"),
        ('closed_periods = "201912"', "closed_periods"),
        ('closed_periods = ["去年"]', "去年"),
        ('closed_period = ["201912"]', "closed_period"),
        ('memory_limit = "lots"', "内存上限"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        loaded(tmp_path, text)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="UTF-8"):
        loaded(tmp_path, 'county_name = "测试县"', "gb18030")


def test_a_folder_of_that_name_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "county.toml").mkdir()
    with pytest.raises(SettingsError, match="读不了"):
        home.load(tmp_path)


@pytest.mark.parametrize(("name", "value"), [("ONETABLE_THREADS", "0"), ("ONETABLE_MEMORY", "4")])
def test_the_environment_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=value):
        home.load(tmp_path)
