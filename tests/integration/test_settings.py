"""county.toml and the environment: a slip is told with the line to mend, and never read as something else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.settings import SettingsError, load


def home(folder: Path, content: str | bytes) -> Path:
    (folder / "county.toml").write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_everything_that_may_be_said_is_read(tmp_path: Path) -> None:
    found = load(
        home(
            tmp_path,
            """
            county_code = "6100"
            county_name = "测试市"
            today = 2020-06-30
            settle_seconds = 2
            memory_limit = "1.5 GiB"
            intake_memory_limit = "700MB"
            definition_version = "v2"
            closed_periods = ["201912", 2018]
            """,
        )
    )
    assert (found.county, found.county_name, found.today) == ("6100", "测试市", date(2020, 6, 30))
    assert (found.settle_seconds, found.memory_limit, found.intake_memory_limit) == (2, "1.5 GiB", "700MB")
    assert (found.definition_version, found.closed_periods) == ("v2", {"201912", "2018"})


def test_a_file_that_an_editor_of_windows_saved_is_read(tmp_path: Path) -> None:
    assert load(home(tmp_path, b'\xef\xbb\xbfcounty_code = "610526"\r\n')).county == "610526"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('county_cod = "610526"', "是否为“county_code”"),
        ('county_code = "61052"', "county_code"),
        ("county_code = 610526", "county_code"),
        ('closed_periods = "2019"', "closed_periods"),
        ('closed_periods = ["去年"]', "closed_periods"),
        ("settle_seconds = -1", "settle_seconds"),
        ('settle_seconds = "10"', "settle_seconds"),
        ('memory_limit = "much"', "memory_limit"),
        ('today = "2020-13-01"', "today"),
        ("today = 2020-06-30T10:00:00", "today"),
        ("county_code = 测试", "TOML"),
        ('county_name = "测试县"'.encode("gb18030"), "UTF-8"),
    ],
)
def test_a_slip_is_told(tmp_path: Path, content: str | bytes, told: str) -> None:
    with pytest.raises(SettingsError, match=rf"county\.toml.*{told}"):
        load(home(tmp_path, content))


@pytest.mark.parametrize(("name", "value"), [("ONETABLE_THREADS", "0"), ("ONETABLE_MEMORY", "4")])
def test_a_slip_in_the_environment_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load(tmp_path)


def test_a_folder_of_that_name_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "county.toml").mkdir()
    with pytest.raises(SettingsError, match="读不了"):
        load(tmp_path)
